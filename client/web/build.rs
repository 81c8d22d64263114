//! Builds the browser app into `OUT_DIR/dist`, which the crate embeds.
//!
//! Runs npm only when `package-lock.json` changed, and the build only when a source did. Writes
//! nothing into the source tree but `node_modules`. `WEB_DIST=folder` embeds a folder built
//! elsewhere and needs no Node.

#![allow(clippy::print_stdout, reason = "stdout is how a build script talks to cargo")]

use std::{
    env, fs,
    fs::File,
    io,
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// The oldest Node that the build tools run on.
const NODE_AT_LEAST: (u32, u32) = (20, 19);

/// Lines of a failed tool's words that are shown; the cause comes first.
const MAX_LINES: usize = 20;

/// Sources besides `src/`, relative to the package.
const SOURCES: [&str; 11] = [
    "index.html",
    "package.json",
    "package-lock.json",
    "public",
    "vite.config.ts",
    "emoji.ts",
    "first.ts",
    "worker.js",
    "keep.mjs",
    "compress.mjs",
    "build.rs",
];

fn main() {
    if let Err(reason) = build() {
        for line in reason.lines().take(MAX_LINES) {
            println!("cargo::error={line}");
        }
    }
}

fn build() -> Result<(), String> {
    println!("cargo::rerun-if-env-changed=WEB_DIST");
    let package = folder("CARGO_MANIFEST_DIR")?;
    let dist = folder("OUT_DIR")?.join("dist");
    if dist.exists() {
        fs::remove_dir_all(&dist).map_err(|error| at(&dist, &error))?;
    }
    if let Some(built) = env::var_os("WEB_DIST") {
        let built = package.join(built);
        println!("cargo::rerun-if-changed={}", built.display());
        return copy(&built, &dist);
    }
    watch(&package)?;
    require_node(&package)?;
    install(&package)?;
    let out = dist.display().to_string();
    run(&package, "npm", &["run", "--silent", "build", "--", "--outDir", &out, "--emptyOutDir"])?;
    run(&package, "node", &["keep.mjs", &out])?;
    run(&package, "node", &["compress.mjs", &out])
}

fn folder(variable: &str) -> Result<PathBuf, String> {
    env::var_os(variable).map(PathBuf::from).ok_or_else(|| format!("{variable} is not set"))
}

/// Names every source file to cargo. `node_modules` is left out: walking it takes seconds.
fn watch(package: &Path) -> Result<(), String> {
    for source in SOURCES {
        println!("cargo::rerun-if-changed={}", package.join(source).display());
    }
    let settings = entries(package)?.into_iter().filter(|path| is_build_setting(path));
    for path in settings.chain(entries(&package.join("src"))?) {
        watch_source(&path)?;
    }
    Ok(())
}

fn is_build_setting(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with("vite.config") || name.starts_with("tsconfig")
}

fn watch_source(path: &Path) -> Result<(), String> {
    if path.is_dir() {
        return entries(path)?.iter().try_for_each(|inner| watch_source(inner));
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    // Neither Rust nor a test goes into the app.
    if !name.ends_with(".rs") && !name.contains(".test.") {
        println!("cargo::rerun-if-changed={}", path.display());
    }
    Ok(())
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let listed = fs::read_dir(folder).and_then(|entries| {
        entries.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<_>>>()
    });
    listed.map_err(|error| at(folder, &error))
}

fn require_node(package: &Path) -> Result<(), String> {
    let (major, minor) = NODE_AT_LEAST;
    let remedy = format!(
        "the browser app needs Node {major}.{minor} or newer with npm: install it from \
         https://nodejs.org or your distribution, or set WEB_DIST to a folder built elsewhere"
    );
    let Ok(output) = command(package, "node", &["--version"]) else {
        return Err(format!("node was not found; {remedy}"));
    };
    let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let mut numbers = version.trim_start_matches('v').split('.').map(str::parse::<u32>);
    let (Some(Ok(found_major)), Some(Ok(found_minor))) = (numbers.next(), numbers.next()) else {
        return Err(format!("node --version said \"{version}\"; {remedy}"));
    };
    if (found_major, found_minor) < NODE_AT_LEAST {
        return Err(format!("found Node {version}; {remedy}"));
    }
    match command(package, "npm", &["--version"]) {
        Ok(output) if output.status.success() => Ok(()),
        _ => Err(format!("npm was not found beside Node {version}; {remedy}")),
    }
}

/// `npm ci`, unless `node_modules` came from this very lock file.
fn install(package: &Path) -> Result<(), String> {
    let lock_path = package.join("package-lock.json");
    let lock_text = fs::read(&lock_path).map_err(|error| at(&lock_path, &error))?;
    // Builds of two profiles share node_modules: one installs, the other waits here.
    let lock = File::open(&lock_path).map_err(|error| at(&lock_path, &error))?;
    lock.lock().map_err(|error| at(&lock_path, &error))?;
    let installed_path = package.join("node_modules/.installed-lock.json");
    if fs::read(&installed_path).is_ok_and(|installed| installed == lock_text) {
        return Ok(());
    }
    run(package, "npm", &["ci", "--ignore-scripts", "--no-audit", "--no-fund"])?;
    fs::write(&installed_path, lock_text).map_err(|error| at(&installed_path, &error))
}

fn run(package: &Path, program: &str, arguments: &[&str]) -> Result<(), String> {
    let line = format!("{program} {}", arguments.join(" "));
    let output = command(package, program, arguments).map_err(|e| format!("{line}: {e}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    Err(format!("`{line}` failed ({}):\n{}", output.status, String::from_utf8_lossy(&said)))
}

fn command(package: &Path, program: &str, arguments: &[&str]) -> io::Result<Output> {
    // npm is a script there, which is not found without its ending.
    let program = if cfg!(windows) && program == "npm" { "npm.cmd" } else { program };
    Command::new(program).args(arguments).current_dir(package).output()
}

fn copy(from: &Path, to: &Path) -> Result<(), String> {
    fs::create_dir_all(to).map_err(|error| at(to, &error))?;
    for path in entries(from)? {
        let target = to.join(path.file_name().unwrap_or_default());
        if path.is_dir() {
            copy(&path, &target)?;
        } else {
            fs::copy(&path, &target).map_err(|error| at(&path, &error))?;
        }
    }
    Ok(())
}

fn at(path: &Path, error: &io::Error) -> String {
    format!("{}: {error}", path.display())
}
