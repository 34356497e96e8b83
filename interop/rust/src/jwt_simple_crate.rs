use crate::{Job, Verdict};
use jwt_simple::prelude::*;

pub fn verify(job: &Job, token: &str, configured: bool) -> Verdict {
    let options = configured.then(|| VerificationOptions {
        time_tolerance: Some(Duration::from_secs(0)),
        allowed_issuers: Some(HashSet::from_strings(&[job.text("issuer")])),
        allowed_audiences: Some(HashSet::from_strings(&[job.text("audience")])),
        ..Default::default()
    });
    let claims = match job.algorithm() {
        "HS256" => HS256Key::from_bytes(job.text("secret").as_bytes()).verify_token::<NoCustomClaims>(token, options),
        "ES256" => {
            ES256PublicKey::from_pem(job.text("pem")).and_then(|key| key.verify_token::<NoCustomClaims>(token, options))
        }
        _ => {
            RS256PublicKey::from_pem(job.text("pem")).and_then(|key| key.verify_token::<NoCustomClaims>(token, options))
        }
    };
    claims.map(|_| ()).map_err(|error| error.to_string())
}
