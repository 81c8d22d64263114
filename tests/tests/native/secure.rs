//! The command line over TLS, which a proxy before the server speaks.

use std::{fs, net::SocketAddr, process::Stdio, sync::Arc};

use hearth_tests::{Server, program};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    process::Command,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, crypto::aws_lc_rs, pki_types::PrivatePkcs8KeyDer},
};

/// Speaks TLS as `localhost` before what is at `to`. Where, and its certificate.
async fn proxy(to: SocketAddr) -> (SocketAddr, String) {
    let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivatePkcs8KeyDer::from(own.signing_key.serialize_der());
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![own.cert.der().clone()], key.into())
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let (Ok(mut outside), Ok(mut inside)) =
                    (acceptor.accept(socket).await, TcpStream::connect(to).await)
                else {
                    return;
                };
                let _ = copy_bidirectional(&mut outside, &mut inside).await;
            });
        }
    });
    (address, own.cert.pem())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_line_speaks_tls() {
    let server = Server::start(&[]);
    let (address, certificate) = proxy(server.http()).await;
    let file = std::env::temp_dir().join(format!("hearth-tls-{}.pem", std::process::id()));
    fs::write(&file, certificate).unwrap();
    let url = format!("https://localhost:{}", address.port());
    let run = |arguments: &[&str]| {
        let mut command = Command::new(program("hearth-client"));
        command.args(["--server", &url, "--json"]).args(arguments).env("SSL_CERT_FILE", &file);
        command.stdin(Stdio::null()).output()
    };
    for arguments in [
        &["rooms"][..],
        &["talk", "general", "--tone", "440", "--seconds", "1"],
        // Over HTTP, and then over the WebSocket.
        &[
            "voice-message",
            "general",
            concat!(env!("CARGO_MANIFEST_DIR"), "/../signaling/tests/sounds/firefox.ogg"),
        ],
    ] {
        let done = run(arguments).await.unwrap();
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{arguments:?}: {said}");
    }
    // A certificate that nobody vouches for is none.
    fs::write(&file, rcgen::generate_simple_self_signed(["x".to_owned()]).unwrap().cert.pem())
        .unwrap();
    let refused = run(&["rooms"]).await.unwrap();
    assert!(!refused.status.success());
    fs::remove_file(&file).unwrap();
}
