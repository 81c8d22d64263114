//! The program as its owner meets it: options, settings, ports and signals.

#![allow(clippy::unwrap_used, reason = "a panic in a test is its report")]

use std::{
    env, fs,
    io::{BufRead, BufReader, Read},
    net::{TcpListener, UdpSocket},
    path::PathBuf,
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

use hearth_client::{Connection, Room, Setup, Voice, Who};
use hearth_tests::{Reply, Server, program};
use tokio::{io::AsyncWriteExt, net::TcpStream};

/// A folder of its own, gone with it.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = env::temp_dir().join(format!("hearth-program-{}-{name}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// `hearth` in `folder`, with nothing of this process's own settings.
fn hearth(folder: &Folder, words: &[&str], settings: &[(&str, &str)]) -> Command {
    let mut command = Command::new(program("hearth"));
    command.current_dir(&folder.0).args(words).stdin(Stdio::null()).env("NO_COLOR", "1");
    for (name, _) in env::vars_os() {
        let own = ["PORT", "CLIENT_URL", "REDIS_URL", "RUST_LOG"].iter().any(|own| name == *own);
        if own || name.to_string_lossy().starts_with("HEARTH_") {
            command.env_remove(name);
        }
    }
    for (name, value) in settings {
        command.env(name, value);
    }
    command
}

fn run(
    folder: &Folder,
    words: &[&str],
    settings: &[(&str, &str)],
) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = hearth(folder, words, settings).output().unwrap();
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

/// The port that `PORT` chooses, as the program announces it.
fn announced(folder: &Folder, settings: &[(&str, &str)]) -> (String, String) {
    let mut child = hearth(folder, &[], settings)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = lines.by_ref().map(Result::unwrap).find(|line| line.contains("listening on"));
    // A signal, so that its log is whole.
    signal(child.id(), "TERM");
    child.wait().unwrap();
    let mut log = String::new();
    lines.by_ref().map_while(Result::ok).for_each(|line| log += &format!("{line}\n"));
    child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
    (line.unwrap_or_else(|| panic!("it does not listen: {log}")), log)
}

fn signal(pid: u32, name: &str) {
    let kill = format!("kill -{name} {pid}");
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success(), "{kill}");
}

#[test]
fn help_and_version_tell_what_there_is() {
    let folder = Folder::new("help");
    let (code, help, _) = run(&folder, &["--help"], &[]);
    assert_eq!(code, Some(0));
    for word in ["--config", "config", "default.toml", "HEARTH_SECTION__KEY", "8080"] {
        assert!(help.contains(word), "{word} is not in\n{help}");
    }
    let (code, version, _) = run(&folder, &["--version"], &[]);
    assert_eq!((code, version.split(' ').next()), (Some(0), Some("hearth")));
    let (code, _, error) = run(&folder, &["--colour"], &[]);
    assert_eq!(code, Some(2));
    assert!(error.contains("--colour"), "{error}");
}

#[test]
fn config_prints_what_is_in_force_from_file_and_environment() {
    let folder = Folder::new("config");
    let (code, defaults, _) = run(&folder, &["config"], &[]);
    assert_eq!(code, Some(0));
    for line in ["listen = \"[::]:8080\"", "slots = 8", "resume_ms = 30000"] {
        assert!(defaults.lines().any(|at| at == line), "{line} is not in\n{defaults}");
    }
    fs::write(folder.0.join("hearth.toml"), "[sfu]\nslots = 4\nhold_ms = 7\n").unwrap();
    fs::write(folder.0.join("other.toml"), "[sfu]\nslots = 5\n").unwrap();
    let environment = [("HEARTH_SFU__HOLD_MS", "9"), ("PORT", "9000"), ("RUST_LOG", "warn")];
    let environment = [&environment[..], &[("CLIENT_URL", "https://voice.example/")]].concat();
    for (words, slots) in
        [(&["config"][..], "slots = 4"), (&["--config", "other.toml", "config"], "slots = 5")]
    {
        let (code, text, error) = run(&folder, words, &environment);
        assert_eq!(code, Some(0), "{error}");
        let of_origin = "allowed_origins = [\"https://voice.example\"]";
        let listen = "listen = \"[::]:9000\"";
        for line in [slots, "hold_ms = 9", listen, "filter = \"warn\"", of_origin] {
            assert!(text.lines().any(|at| at == line), "{line} is not in\n{text}");
        }
    }
    // What is printed can be used as it is, and says the same again.
    fs::write(folder.0.join("printed.toml"), &defaults).unwrap();
    let (_, again, _) = run(&folder, &["--config", "printed.toml", "config"], &[]);
    assert_eq!(again, defaults);
}

#[test]
fn settings_that_cannot_be_used_stop_the_start_and_are_named() {
    let folder = Folder::new("settings");
    for (file, environment, named) in [
        ("[sfu]\nslotz = 8\n", None, &["slotz", "slots"][..]),
        ("[sfus]\nslots = 8\n", None, &["sfus", "sfu"]),
        ("[sfu]\nslots = 33\n", None, &["sfu.slots", "33", "1–32"]),
        ("[sfu]\nslots = \"many\"\n", None, &["sfu.slots", "many"]),
        ("[sfu\n", None, &["hearth.toml", "line 1"]),
        ("", Some(("HEARTH_SESSION__RESUME_MS", "-1")), &["session.resume_ms"]),
        ("", Some(("HEARTH_SESSION__RESUME", "1")), &["resume"]),
        ("", Some(("HEARTH_SERVER__LISTEN", "here")), &["server.listen", "here"]),
        ("", Some(("PORT", "http")), &["PORT", "http", "0–65535"]),
        ("", Some(("CLIENT_URL", "voice.example")), &["voice.example", "https://"]),
        ("", Some(("RUST_LOG", "hearth=loud")), &["hearth=loud"]),
    ] {
        fs::write(folder.0.join("hearth.toml"), file).unwrap();
        let (code, out, error) = run(&folder, &[], environment.as_slice());
        assert_eq!((code, out.as_str()), (Some(2), ""), "{file}{environment:?}: {error}");
        for word in named {
            assert!(error.contains(word), "{word} is not in: {error}");
        }
        assert!(error.starts_with("hearth: ") && error.lines().count() < 8, "{error}");
    }
    fs::remove_file(folder.0.join("hearth.toml")).unwrap();
    let (code, _, error) = run(&folder, &["--config", "nowhere.toml"], &[]);
    assert_eq!(code, Some(2));
    assert!(error.contains("nowhere.toml"), "{error}");
}

#[test]
fn a_port_in_use_is_told_with_what_to_do() {
    let folder = Folder::new("port");
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = tcp.local_addr().unwrap().port();
    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    for (listen, port) in [
        (format!("127.0.0.1:{port}"), port),
        (format!("[::]:{port}"), port),
        (udp.local_addr().unwrap().to_string(), udp.local_addr().unwrap().port()),
    ] {
        let began = Instant::now();
        let (code, out, error) = run(&folder, &[], &[("HEARTH_SERVER__LISTEN", &listen)]);
        assert_eq!(code, Some(1), "{out}{error}");
        let said = error.lines().find(|line| line.starts_with("hearth: ")).unwrap();
        assert!(said.contains(&format!("uses port {port}")), "{said}");
        assert!(said.contains("PORT=") && said.contains("server.listen"), "{said}");
        assert!(!out.contains("listening on"), "{out}");
        assert!(began.elapsed() < Duration::from_secs(10));
    }
}

#[test]
fn the_port_and_the_log_are_chosen_by_their_usual_names() {
    let folder = Folder::new("names");
    // Free a moment ago; chosen as any other would be.
    let port = TcpListener::bind("[::]:0").unwrap().local_addr().unwrap().port().to_string();
    let (line, log) = announced(&folder, &[("PORT", &port)]);
    assert_eq!(line, format!("listening on http://localhost:{port}"));
    assert!(log.contains("INFO"), "{log}");
    let (_, quiet) = announced(&folder, &[("PORT", "0"), ("RUST_LOG", "error")]);
    assert!(!quiet.contains("INFO"), "{quiet}");
    let json = [("PORT", "0"), ("HEARTH_LOG__FORMAT", "json")];
    let (_, log) = announced(&folder, &json);
    let lines: Vec<_> = log.lines().filter(|line| line.starts_with('{')).collect();
    assert!(!lines.is_empty(), "{log}");
    for line in lines {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(line["level"].is_string() && line["message"].is_string(), "{line}");
    }
}

/// A kernel without IPv6, to whoever loads this before the C library.
const NO_IPV6: &str = r#"
#include <errno.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
int socket(int domain, int type, int protocol) {
  if (domain == AF_INET6) { errno = EAFNOSUPPORT; return -1; }
  return syscall(SYS_socket, domain, type, protocol);
}
"#;

#[tokio::test]
async fn where_the_kernel_lacks_ipv6_it_listens_on_ipv4() {
    let folder = Folder::new("ipv4");
    let (source, library) = (folder.0.join("no_ipv6.c"), folder.0.join("no_ipv6.so"));
    fs::write(&source, NO_IPV6).unwrap();
    let compiled =
        Command::new("cc").args(["-shared", "-fPIC", "-o"]).args([&library, &source]).status();
    assert!(compiled.unwrap().success());
    let server = Server::start_in(
        &[("server.listen", "[::]:0")],
        &[("LD_PRELOAD", library.to_str().unwrap())],
    );
    assert!(server.http().is_ipv4());
    assert_eq!(server.ask("GET", "/api/ready", "", b"").await.status, 200);
    // Voice, too.
    let url = format!("http://{}", server.http());
    let ana = Connection::open(&url, Who::guest("Ana")).await.unwrap();
    let room = Room::join(&ana, "general").await.unwrap();
    Voice::join(&room, Setup::default()).await.unwrap();
}

#[tokio::test]
async fn terminated_it_lets_go_of_everybody_and_ends_well() {
    let server = Server::start(&[("limits.enabled", "false")]);
    let url = format!("http://{}", server.http());
    let ana = Connection::open(&url, Who::guest("Ana")).await.unwrap();
    Room::join(&ana, "general").await.unwrap();
    let mut idle = TcpStream::connect(server.http()).await.unwrap();
    assert_eq!(Reply::to(&mut idle, "GET", "/api/health", "", b"").await.unwrap().status, 200);
    let address = server.http();
    let began = Instant::now();
    let status = tokio::task::spawn_blocking(move || server.stop()).await.unwrap();
    println!("ended {:?} after SIGTERM", began.elapsed());
    assert_eq!(status.code(), Some(0));
    // Nothing held it up, so that it need not use up its grace.
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn who_talks_goes_on_while_it_drains_and_nobody_new_comes_in() {
    let server = Server::start(&[("limits.enabled", "false"), ("server.drain_ms", "600000")]);
    let url = format!("http://{}", server.http());
    let ana = Connection::open(&url, Who::guest("Ana")).await.unwrap();
    let room = Room::join(&ana, "general").await.unwrap();
    let voice = Voice::join(&room, Setup::default()).await.unwrap();
    signal(server.pid(), "TERM");
    while server.ask("GET", "/api/ready", "", b"").await.status != 503 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let refused = Connection::open(&url, Who::guest("Bo")).await.expect_err("came in");
    assert!(refused.to_string().contains("stopping"), "{refused}");
    assert!(Room::join(&ana, "music").await.is_err());
    assert_eq!(server.ask("GET", "/api/health", "", b"").await.status, 200);
    // The last one to talk goes: it need not wait any longer.
    voice.leave().await.unwrap();
    let status = tokio::task::spawn_blocking(move || server.wait()).await.unwrap();
    assert_eq!(status.code(), Some(0));
}

/// Begins a request that holds a stop up: its body never comes.
async fn dawdle(server: &Server) -> TcpStream {
    let mut socket = TcpStream::connect(server.http()).await.unwrap();
    let head = "POST /whip/general?name=Slow HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\
                Content-Type: application/sdp\r\n\r\nv=0";
    socket.write_all(head.as_bytes()).await.unwrap();
    // Behind it in the accept queue: when this is answered, that is under way.
    assert_eq!(server.ask("GET", "/api/health", "", b"").await.status, 200);
    socket
}

#[tokio::test]
async fn who_dawdles_holds_a_stop_up_for_the_grace_at_most() {
    let server = Server::start(&[("server.shutdown_grace_ms", "1500")]);
    let _dawdler = dawdle(&server).await;
    let began = Instant::now();
    let status = tokio::task::spawn_blocking(move || server.stop()).await.unwrap();
    let took = began.elapsed();
    println!("ended {took:?} after SIGTERM");
    assert_eq!(status.code(), Some(0));
    assert!(took >= Duration::from_millis(1400) && took < Duration::from_secs(5), "{took:?}");
}

#[tokio::test]
async fn terminated_twice_it_ends_at_once() {
    let server = Server::start(&[("server.shutdown_grace_ms", "60000")]);
    let _dawdler = dawdle(&server).await;
    signal(server.pid(), "TERM");
    while !server.output().contains("once more") {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let began = Instant::now();
    let status = tokio::task::spawn_blocking(move || server.stop()).await.unwrap();
    println!("ended {:?} after the second SIGTERM", began.elapsed());
    assert_eq!(status.code(), Some(1));
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
}
