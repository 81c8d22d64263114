//! The source tree as the house rules see it: the committed files, and their code without comments
//! and texts.

use std::{fs, path::PathBuf, process::Command};

/// One committed text file.
#[derive(Debug)]
pub(crate) struct Source {
    /// From the root of the tree, with `/`.
    pub(crate) path: String,
    /// As it stands.
    pub(crate) text: String,
}

impl Source {
    /// The lines above `mod tests`.
    pub(crate) fn without_tests(&self) -> &str {
        // Attributes may stand between.
        let module = self.text.find("\nmod tests {");
        let tests = module.and_then(|at| self.text[..at].rfind("#[cfg(test)]"));
        &self.text[..tests.unwrap_or(self.text.len())]
    }

    /// Rust code above `mod tests`, with comments and literals blanked.
    pub(crate) fn code(&self) -> String {
        blank(self.without_tests())
    }

    pub(crate) fn is_rust_of(&self, folder: &str) -> bool {
        self.path.starts_with(folder) && self.path.ends_with(".rs")
    }
}

pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every file that is committed or would be.
pub(crate) fn paths() -> Vec<String> {
    let listed = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
    let listed = String::from_utf8(listed.stdout).unwrap();
    let paths: Vec<String> =
        listed.lines().filter(|path| root().join(path).is_file()).map(String::from).collect();
    assert!(paths.len() > 20, "this is not the tree: {paths:?}");
    paths
}

/// Those of [`paths`] that are text.
pub(crate) fn sources() -> Vec<Source> {
    let read = |path: String| {
        let text = fs::read_to_string(root().join(&path)).ok()?;
        Some(Source { path, text })
    };
    paths().into_iter().filter_map(read).collect()
}

/// The identifiers of blanked code.
pub(crate) fn identifiers(code: &str) -> impl Iterator<Item = &str> {
    code.split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| word.starts_with(|c: char| c.is_alphabetic() || c == '_'))
}

/// The names that blanked Rust code gives to things of its own: items, bindings, fields,
/// parameters.
pub(crate) fn given_names(code: &str) -> Vec<&str> {
    const BEFORE: [&str; 12] = [
        "fn", "struct", "enum", "trait", "mod", "type", "const", "static", "let", "mut", "for",
        "ref",
    ];
    let mut names = Vec::new();
    for line in code.lines() {
        let words: Vec<&str> = identifiers(line).collect();
        for pair in words.windows(2) {
            // `&mut T` and `impl X for Y` name nothing.
            let uses_type =
                ["mut", "for"].contains(&pair[0]) && pair[1].starts_with(char::is_uppercase);
            if BEFORE.contains(&pair[0]) && !uses_type {
                names.push(pair[1]);
            }
        }
        for (at, _) in line.match_indices(": ") {
            let name = line[..at].rsplit(|c: char| !c.is_alphanumeric() && c != '_').next();
            let name = name.unwrap_or_default();
            let before = line[..at - name.len()].trim_end();
            // A field or parameter begins its line or follows a bracket, comma or `pub`; the
            // fields of foreign structs that code fills in are named by their owners.
            let begins = ["(", ",", "|", "{", "pub", "pub(crate)"];
            if !name.is_empty() && (before.is_empty() || begins.iter().any(|b| before.ends_with(b)))
            {
                names.push(name);
            }
        }
    }
    names
}

/// `snake_case`, `camelCase` and `SCREAMING_CASE` to lower-case words.
pub(crate) fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut lower_before = false;
    for c in name.chars() {
        if c == '_' || (c.is_uppercase() && lower_before) {
            words.push(String::new());
        }
        lower_before = c.is_lowercase() || c.is_numeric();
        if let (true, Some(word)) = (c != '_', words.last_mut()) {
            word.extend(c.to_lowercase());
        }
    }
    words
}

/// Rust with comments and the insides of literals replaced by spaces; lines stay where they are.
fn blank(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let skipped = match first {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            'r' if raw_string(rest).is_some() && !out.ends_with(is_name) => {
                raw_string(rest).unwrap_or(1)
            }
            '"' => string(rest),
            '\'' => character(rest),
            _ => 0,
        };
        if skipped == 0 {
            out.push(first);
            rest = &rest[first.len_utf8()..];
        } else {
            out.extend(rest[..skipped].chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
            rest = &rest[skipped..];
        }
    }
    out
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn raw_string(text: &str) -> Option<usize> {
    let hashes = text[1..].find(|c| c != '#')?;
    let body = text[1 + hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    body.find(&end).map(|at| 2 + hashes + at + end.len())
}

fn string(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// A character literal, or 0 for a lifetime.
fn character(text: &str) -> usize {
    let inside = &text[1..];
    if let Some(escape) = inside.strip_prefix('\\') {
        return escape.char_indices().skip(1).find(|&(_, c)| c == '\'').map_or(0, |(at, _)| at + 3);
    }
    let mut characters = inside.char_indices();
    characters.next();
    match characters.next() {
        Some((at, '\'')) => at + 2,
        _ => 0,
    }
}

mod tests {
    use super::*;

    #[test]
    fn comments_and_texts_are_blanked() {
        let code =
            blank("let a = \"unsafe \\\" x\"; // unsafe\nlet b: &'a str = r#\"unsafe\"#; '\"' c");
        assert_eq!(
            identifiers(&code).collect::<Vec<_>>(),
            ["let", "a", "let", "b", "a", "str", "c"]
        );
        assert_eq!(code.lines().count(), 2);
    }

    #[test]
    fn names_are_found_and_split() {
        let code =
            "pub fn find_user(data: u8) -> Info { let mut streamId = 1; }\n    pub info: u8,\n";
        let names = given_names(code);
        for name in ["find_user", "data", "streamId", "info"] {
            assert!(names.contains(&name), "{name}: {names:?}");
        }
        assert_eq!(words("streamId"), ["stream", "id"]);
        assert_eq!(words("MAX_USER"), ["max", "user"]);
        assert_eq!(words("metadata"), ["metadata"]);
    }
}
