//! https: what the system's authorities vouch for is talked to, and nothing else.

use std::{
    io::{self, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::PathBuf,
    process::Output,
    sync::Arc,
    thread,
};

use cassette_testkit::{Posthog, Ways};
use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};

use crate::{
    portable::Desk,
    pull,
    run::{all, command, out, path, said},
    server,
};

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/tls").join(name)
}

/// An https address that leads to an http one, a request a connection.
fn in_front_of(address: &str) -> String {
    let certificate = CertificateDer::from_pem_file(fixture("certificate.pem")).expect("the fixture");
    let key = PrivateKeyDer::from_pem_file(fixture("key.pem")).expect("the fixture");
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring has them")
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .expect("they belong together");
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("it is bound").port();
    let to = address.trim_start_matches("http://").to_owned();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // A client that does not trust us goes away in the middle.
            pass_on(Arc::clone(&config), stream, &to).ok();
        }
    });
    format!("https://localhost:{port}")
}

fn pass_on(config: Arc<ServerConfig>, stream: TcpStream, to: &str) -> io::Result<()> {
    let connection = ServerConnection::new(config).map_err(io::Error::other)?;
    let mut client = StreamOwned::new(connection, stream);
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        client.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).replacen("\r\n", "\r\nConnection: close\r\n", 1);
    let mut server = TcpStream::connect(to)?;
    server.write_all(head.as_bytes())?;
    let mut answer = Vec::new();
    server.read_to_end(&mut answer)?;
    client.write_all(&answer)?;
    client.conn.send_close_notify();
    client.flush()
}

/// Runs it on a system that trusts these authorities alone.
fn trusting(certificates: &str, words: &[&str]) -> Output {
    let mut command = command(words);
    command.env("SSL_CERT_FILE", certificates).env_remove("SSL_CERT_DIR");
    command.output().expect("the binary runs")
}

#[test]
fn a_pull_by_https_works_where_the_authority_is_trusted_and_nowhere_else() {
    let posthog = Posthog::start(Ways::default(), vec![pull::held("a", 25)]);
    let host = in_front_of(posthog.base());
    let desk = Desk::new();
    let store = desk.at("store");
    let words = ["pull", "posthog", "--host", &host, "--project", "1", "--api-key", posthog.key(), "--data", &store];
    let nobody = desk.file("nobody.pem", "");
    let refused = trusting(&nobody, &words);
    assert_eq!(refused.status.code(), Some(2), "{}", all(&refused));
    assert!(said(&refused).contains("SSL_CERT_FILE"), "{}", all(&refused));
    let system = "/etc/ssl/certs/ca-certificates.crt";
    if std::path::Path::new(system).exists() {
        let refused = trusting(system, &words);
        assert_eq!(refused.status.code(), Some(2), "{}", all(&refused));
        assert!(said(&refused).contains("cannot be reached"), "{}", all(&refused));
    }
    assert_eq!(posthog.calls(), [], "nobody was shown the key");
    let pulled = trusting(path(&fixture("certificate.pem")), &words);
    assert_eq!(pulled.status.code(), Some(0), "{}", all(&pulled));
    assert_eq!(pull::names(&store, "a"), pull::expected("a", 25));
}

#[test]
fn a_running_cassette_is_asked_by_https() {
    let server = server();
    let url = in_front_of(server.process().base());
    let words = ["list", "--server", &url, "--api-key", "phx_testtesttesttesttesttesttesttest", "--json"];
    let list = trusting(path(&fixture("certificate.pem")), &words);
    assert_eq!((list.status.code(), out(&list).trim()), (Some(0), "[]"), "{}", all(&list));
}
