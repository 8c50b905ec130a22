//! What is asked of the provider, and what of its answers is believed.
//!
//! It waits for the network: `Oidc::ask` gives it a thread.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use super::OidcError;
use super::https::Https;
use super::refusal::Refusal;
use crate::config::OidcConfig;
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreClientAuthMethod, CoreIdTokenVerifier, CoreJwsSigningAlgorithm,
    CoreProviderMetadata, CoreTokenResponse, CoreUserInfoClaims,
};
use openidconnect::url::ParseError;
use openidconnect::{
    AccessTokenHash, AuthType, AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret, CsrfToken,
    EndpointMaybeSet, EndpointNotSet, EndpointSet, IssuerUrl, Nonce, OAuth2TokenResponse as _, PkceCodeChallenge,
    PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope, SignatureVerificationError, TokenResponse as _,
};

/// How long what the provider says of itself is believed. Its keys are asked for anew before that if one is missing.
const BELIEVED_MS: i64 = 10 * 60 * 1000;

/// Signatures that the provider alone can make: whoever else knows the client's secret could make those of `HS256`.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// A client whose endpoints were found out.
type Client =
    CoreClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointMaybeSet, EndpointMaybeSet>;

/// Whom the provider names. Personal data: it does not print.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Identity {
    pub(super) email: Option<String>,
    pub(super) is_verified: bool,
    pub(super) name: Option<String>,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity(***)")
    }
}

/// What the two ways of one login have in common.
pub(super) struct Login {
    pub(super) redirect_url: String,
    pub(super) state: String,
    pub(super) nonce: String,
    pub(super) verifier: String,
}

/// The provider.
#[derive(Debug)]
pub(super) struct Provider {
    name: String,
    issuer: IssuerUrl,
    client_id: ClientId,
    client_secret: ClientSecret,
    https: Https,
    known: Mutex<Option<Known>>,
}

#[derive(Debug)]
struct Known {
    metadata: CoreProviderMetadata,
    read_at: i64,
}

/// An address of our own.
pub(super) fn redirect(url: String) -> Result<RedirectUrl, ParseError> {
    RedirectUrl::new(url)
}

impl Provider {
    pub(super) fn new(config: &OidcConfig) -> Result<Self, OidcError> {
        Ok(Self {
            name: config.name.clone(),
            issuer: IssuerUrl::new(config.issuer.clone()).map_err(|_| OidcError::Issuer(config.issuer.clone()))?,
            client_id: ClientId::new(config.client_id.clone()),
            client_secret: ClientSecret::new(config.client_secret.0.clone()),
            https: Https::new(&config.issuer)?,
            known: Mutex::default(),
        })
    }

    /// Where the browser is sent to log in.
    pub(super) fn authorization(&self, login: Login, now: i64) -> Result<String, Refusal> {
        let client = self.client(self.metadata(BELIEVED_MS, now)?, &login)?;
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(login.verifier));
        let (url, _, _) = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                || CsrfToken::new(login.state),
                || Nonce::new(login.nonce),
            )
            .add_scope(Scope::new("email".into()))
            .add_scope(Scope::new("profile".into()))
            .set_pkce_challenge(challenge)
            .url();
        Ok(url.into())
    }

    /// Whom the provider gave this code for.
    pub(super) fn identity(&self, login: Login, code: String, now: i64) -> Result<Identity, Refusal> {
        let client = self.client(self.metadata(BELIEVED_MS, now)?, &login)?;
        let nonce = Nonce::new(login.nonce.clone());
        let verifier = PkceCodeVerifier::new(login.verifier.clone());
        let answer = self.exchange(&client, code, verifier)?;
        match self.believed(&client, &answer, &nonce, now) {
            Err(Doubt::UnknownKey) => {}
            Err(Doubt::Refused(refusal)) => return Err(refusal),
            Ok(()) => return self.named(&client, &answer, &nonce, now),
        }
        // Signed by a key that is newer than what we know.
        let client = self.client(self.metadata(0, now)?, &login)?;
        self.believed(&client, &answer, &nonce, now).map_err(|doubt| match doubt {
            Doubt::UnknownKey => self.refused_token("it is signed by a key that is none of the provider's"),
            Doubt::Refused(refusal) => refusal,
        })?;
        self.named(&client, &answer, &nonce, now)
    }

    fn exchange(
        &self,
        client: &Client,
        code: String,
        verifier: PkceCodeVerifier,
    ) -> Result<CoreTokenResponse, Refusal> {
        let https = |request| self.https.call(request);
        let request =
            client.exchange_code(AuthorizationCode::new(code)).map_err(|_| self.unusable("no token endpoint"))?;
        request.set_pkce_verifier(verifier).request(&https).map_err(|error| match error {
            RequestTokenError::ServerResponse(said) if said.error().as_ref() == "invalid_grant" => {
                Refusal::WrongCode(self.name.clone())
            }
            RequestTokenError::ServerResponse(said) => self.unusable(said.error().as_ref()),
            RequestTokenError::Request(error) => self.unusable(&error.to_string()),
            // What came could hold a token.
            RequestTokenError::Parse(..) | RequestTokenError::Other(_) => {
                self.unusable("the token endpoint answers something else than tokens")
            }
        })
    }

    /// Whether the ID token is for this login, and signed by this provider.
    fn believed(&self, client: &Client, answer: &CoreTokenResponse, nonce: &Nonce, now: i64) -> Result<(), Doubt> {
        let token = answer.id_token().ok_or_else(|| Doubt::Refused(self.refused_token("there is none")))?;
        let verifier = verifier(client, now);
        let claims = token.claims(&verifier, nonce).map_err(|error| self.doubt(&error))?;
        let Some(expected) = claims.access_token_hash() else { return Ok(()) };
        let of_another = || Doubt::Refused(self.refused_token("it belongs to another access token"));
        let algorithm = token.signing_alg().map_err(|_| of_another())?;
        let key = token.signing_key(&verifier).map_err(|_| of_another())?;
        let actual = AccessTokenHash::from_token(answer.access_token(), algorithm, key).map_err(|_| of_another())?;
        if actual == *expected { Ok(()) } else { Err(of_another()) }
    }

    /// Whom a token that was believed names. Some providers tell the address only where they are asked for it.
    fn named(&self, client: &Client, answer: &CoreTokenResponse, nonce: &Nonce, now: i64) -> Result<Identity, Refusal> {
        let verifier = verifier(client, now);
        let claims = answer.id_token().and_then(|token| token.claims(&verifier, nonce).ok());
        let claims = claims.ok_or_else(|| self.refused_token("there is none"))?;
        if let Some(email) = claims.email() {
            return Ok(Identity {
                email: Some(email.to_string()),
                is_verified: claims.email_verified() == Some(true),
                name: claims.name().and_then(|names| names.get(None)).map(|name| name.to_string()),
            });
        }
        let request = client.user_info(answer.access_token().clone(), Some(claims.subject().clone()));
        let Ok(request) = request else {
            return Ok(Identity { email: None, is_verified: false, name: None });
        };
        let https = |request| self.https.call(request);
        let claims: CoreUserInfoClaims =
            request.request(&https).map_err(|_| self.unusable("the user info endpoint fails"))?;
        Ok(Identity {
            email: claims.email().map(|email| email.to_string()),
            is_verified: claims.email_verified() == Some(true),
            name: claims.name().and_then(|names| names.get(None)).map(|name| name.to_string()),
        })
    }

    fn client(&self, metadata: CoreProviderMetadata, login: &Login) -> Result<Client, Refusal> {
        let url = redirect(login.redirect_url.clone()).map_err(|_| self.unusable("our own address is none"))?;
        let methods = metadata.token_endpoint_auth_methods_supported();
        let takes = |method| methods.is_some_and(|methods| methods.contains(&method));
        let by_body = takes(CoreClientAuthMethod::ClientSecretPost) && !takes(CoreClientAuthMethod::ClientSecretBasic);
        let secret = Some(self.client_secret.clone());
        Ok(CoreClient::from_provider_metadata(metadata, self.client_id.clone(), secret)
            .set_auth_type(if by_body { AuthType::RequestBody } else { AuthType::BasicAuth })
            .set_redirect_uri(url))
    }

    /// What the provider says of itself, no older than this.
    fn metadata(&self, age_ms: i64, now: i64) -> Result<CoreProviderMetadata, Refusal> {
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known().as_ref().filter(|known| now - known.read_at < age_ms) {
            return Ok(known.metadata.clone());
        }
        let https = |request| self.https.call(request);
        let found = CoreProviderMetadata::discover(&self.issuer, &https);
        let metadata = found.map_err(|error| self.unusable(&error.to_string()))?;
        *known() = Some(Known { metadata: metadata.clone(), read_at: now });
        Ok(metadata)
    }

    fn doubt(&self, error: &ClaimsVerificationError) -> Doubt {
        use ClaimsVerificationError as Claim;
        let reason = match error {
            Claim::SignatureVerification(SignatureVerificationError::NoMatchingKey) => return Doubt::UnknownKey,
            Claim::SignatureVerification(_) => "its signature is not the provider's",
            Claim::Expired(_) => "it has expired",
            Claim::InvalidAudience(_) => "it is for somebody else than this server",
            Claim::InvalidIssuer(_) => "it is of another issuer",
            Claim::InvalidNonce(_) => "it is of another login",
            _ => "it is not what was expected",
        };
        Doubt::Refused(self.refused_token(reason))
    }

    fn refused_token(&self, reason: &'static str) -> Refusal {
        Refusal::Token { name: self.name.clone(), reason }
    }

    /// The operator finds the reason in the log.
    fn unusable(&self, reason: &str) -> Refusal {
        tracing::warn!(reason, "the login provider cannot be used");
        Refusal::Unusable(self.name.clone())
    }
}

/// Why an ID token is not believed.
enum Doubt {
    /// It may be good: the key that signed it is not known.
    UnknownKey,
    Refused(Refusal),
}

fn verifier(client: &Client, now: i64) -> CoreIdTokenVerifier<'_> {
    let now = SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(now).unwrap_or_default());
    client.id_token_verifier().set_allowed_algs(ALGORITHMS).set_time_fn(move || now.into())
}
