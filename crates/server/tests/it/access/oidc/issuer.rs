//! A login provider for these tests: discovery, keys, tokens and user info over HTTP, with a key of its own. It is as
//! strict as one should be, and its tokens are as wrong as a test wants them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::{HeaderMap, StatusCode};
use openidconnect::core::{CoreEdDsaPrivateSigningKey, CoreJwsSigningAlgorithm};
use openidconnect::{JsonWebKeyId, PrivateSigningKey as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::node::START;

pub(super) const CLIENT: &str = "cassette";
pub(super) const SECRET: &str = "hush-hush";
pub(super) const ACCESS: &str = "access-token-of-the-test";

/// What a token is changed into before it is given out.
pub(super) type Twist = Box<dyn Fn(&mut Token) + Send>;

/// A token that is about to be given out.
pub(super) struct Token {
    pub(super) header: Value,
    pub(super) claims: Value,
    pub(super) key: Key,
}

/// What signs it.
pub(super) enum Key {
    /// The provider's own.
    Own,
    /// One that the provider does not publish.
    Foreign,
    /// The client's secret.
    Secret,
    /// Nothing.
    Nothing,
}

/// A code that is out.
struct Code {
    challenge: String,
    redirect: String,
    nonce: String,
}

pub(super) struct Inner {
    pub(super) address: String,
    key: CoreEdDsaPrivateSigningKey,
    codes: HashMap<String, Code>,
    given: u32,
    pub(super) twist: Twist,
    /// What it tells of the user where it is asked.
    pub(super) user: Value,
}

#[derive(Clone)]
pub(super) struct Issuer(pub(super) Arc<Mutex<Inner>>);

impl Issuer {
    pub(super) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let inner = Inner {
            address,
            key: new_key("first"),
            codes: HashMap::new(),
            given: 0,
            twist: Box::new(|_| {}),
            user: json!({"sub": "77"}),
        };
        let issuer = Self(Arc::new(Mutex::new(inner)));
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/keys", get(keys))
            .route("/token", post(token))
            .route("/user", get(user))
            .with_state(issuer.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        issuer
    }

    pub(super) fn address(&self) -> String {
        self.0.lock().unwrap().address.clone()
    }

    pub(super) fn twist(&self, twist: impl Fn(&mut Token) + Send + 'static) {
        self.0.lock().unwrap().twist = Box::new(twist);
    }

    /// Has another key from now on.
    pub(super) fn rotate(&self) {
        self.0.lock().unwrap().key = new_key("second");
    }

    /// What a browser that was sent to `location` comes back with, when somebody has logged in there.
    pub(super) fn log_in(&self, location: &str) -> HashMap<String, String> {
        let mut inner = self.0.lock().unwrap();
        let (address, query) = location.split_once('?').unwrap();
        assert_eq!(address, format!("{}/authorize", inner.address));
        let asked: HashMap<String, String> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        assert_eq!((asked["client_id"].as_str(), asked["response_type"].as_str()), (CLIENT, "code"));
        assert_eq!(
            (asked["scope"].as_str(), asked["code_challenge_method"].as_str()),
            ("openid email profile", "S256")
        );
        inner.given += 1;
        let name = format!("code-{}", inner.given);
        let code = Code {
            challenge: asked["code_challenge"].clone(),
            redirect: asked["redirect_uri"].clone(),
            nonce: asked["nonce"].clone(),
        };
        inner.codes.insert(name.clone(), code);
        HashMap::from([("state".to_owned(), asked["state"].clone()), ("code".to_owned(), name)])
    }
}

impl Inner {
    fn id_token(&self, nonce: &str) -> String {
        let now = START / 1000;
        let mut token = Token {
            header: json!({"alg": "EdDSA", "kid": self.key.as_verification_key_id()}),
            claims: json!({
                "iss": self.address, "aud": CLIENT, "sub": "77", "iat": now, "exp": now + 300, "nonce": nonce,
                "email": "Ann@example.com", "email_verified": true, "name": "Ann",
            }),
            key: Key::Own,
        };
        (self.twist)(&mut token);
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&token.header), part(&token.claims));
        let by =
            |key: &CoreEdDsaPrivateSigningKey| key.sign(&CoreJwsSigningAlgorithm::EdDsa, signed.as_bytes()).unwrap();
        let signature = match token.key {
            Key::Own => by(&self.key),
            Key::Foreign => by(&new_key("foreign")),
            Key::Secret => hmac(signed.as_bytes()),
            Key::Nothing => Vec::new(),
        };
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// The id of a key in its header.
trait KeyId {
    fn as_verification_key_id(&self) -> Value;
}

impl KeyId for CoreEdDsaPrivateSigningKey {
    fn as_verification_key_id(&self) -> Value {
        json!(self.as_verification_key())["kid"].clone()
    }
}

/// A new Ed25519 key: PKCS #8 is a fixed beginning and 32 random bytes.
fn new_key(id: &str) -> CoreEdDsaPrivateSigningKey {
    let mut der = b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20".to_vec();
    let mut random = [0; 32];
    getrandom::fill(&mut random).unwrap();
    der.extend(random);
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(der));
    CoreEdDsaPrivateSigningKey::from_ed25519_pem(&pem, Some(JsonWebKeyId::new(id.into()))).unwrap()
}

fn hmac(signed: &[u8]) -> Vec<u8> {
    use hmac::{Hmac, KeyInit as _, Mac as _};
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(signed);
    mac.finalize().into_bytes().to_vec()
}

async fn discovery(State(issuer): State<Issuer>) -> Json<Value> {
    let address = issuer.address();
    Json(json!({
        "issuer": address,
        "authorization_endpoint": format!("{address}/authorize"),
        "token_endpoint": format!("{address}/token"),
        "userinfo_endpoint": format!("{address}/user"),
        "jwks_uri": format!("{address}/keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        // It would also take what only who knows the secret can sign: the server must not.
        "id_token_signing_alg_values_supported": ["EdDSA", "HS256", "none"],
    }))
}

async fn keys(State(issuer): State<Issuer>) -> Json<Value> {
    Json(json!({ "keys": [issuer.0.lock().unwrap().key.as_verification_key()] }))
}

async fn token(State(issuer): State<Issuer>, headers: HeaderMap, body: String) -> Response {
    let mut inner = issuer.0.lock().unwrap();
    let expected = format!("Basic {}", STANDARD.encode(format!("{CLIENT}:{SECRET}")));
    if headers["authorization"] != *expected {
        return (StatusCode::UNAUTHORIZED, Json(json!({"error": "invalid_client"}))).into_response();
    }
    let given: HashMap<String, String> = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    let proof = URL_SAFE_NO_PAD.encode(Sha256::digest(&given["code_verifier"]));
    // Known once.
    let code = inner.codes.remove(&given["code"]);
    let Some(code) = code.filter(|code| code.challenge == proof && code.redirect == given["redirect_uri"]) else {
        return (StatusCode::BAD_REQUEST, Json(json!({"error": "invalid_grant"}))).into_response();
    };
    let id_token = inner.id_token(&code.nonce);
    Json(json!({"access_token": ACCESS, "token_type": "Bearer", "expires_in": 300, "id_token": id_token}))
        .into_response()
}

async fn user(State(issuer): State<Issuer>, headers: HeaderMap) -> Response {
    if headers["authorization"] != format!("Bearer {ACCESS}") {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    Json(issuer.0.lock().unwrap().user.clone()).into_response()
}
