//! Paths that lead out of where they should, in every way that one writes them.

/// More than 200 of them, without a leading slash.
pub(crate) fn out_of_here() -> Vec<String> {
    const UPS: [&str; 11] = [
        "../",
        "..%2f",
        "%2e%2e/",
        "%2e%2e%2f",
        "..%5c",
        "%2e%2e%5c",
        "%252e%252e%252f",
        "..;/",
        "..%00/",
        "..%c0%af",
        "..%ef%bc%8f",
    ];
    const OTHERS: [&str; 23] = [
        "/etc/passwd",
        "//etc/passwd",
        "%2fetc%2fpasswd",
        "%00",
        ".",
        "..",
        "%2e",
        "%2e%2e",
        "%ff",
        "%c0%ae%c0%ae%c0%af",
        "%e0%80%ae",
        "....//....//etc/passwd",
        "file:///etc/passwd",
        "~",
        "%7e",
        "*",
        "%2a",
        "cookie/x",
        "con",
        "nul.txt",
        "%0d%0aX:%20y",
        "%20",
        "%09",
    ];
    let mut paths: Vec<String> = OTHERS.map(str::to_owned).into();
    for up in UPS {
        for depth in [1, 2, 3, 5, 8] {
            for target in ["etc/passwd", "hearth.db", "Cargo.toml", "proc/self/environ"] {
                paths.push(format!("{}{target}", up.repeat(depth)));
            }
        }
    }
    paths
}
