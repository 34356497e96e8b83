use crate::{Job, Verdict};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{decode, decode_header, Algorithm, DecodingKey, Validation};
use serde_json::Value;

fn find_key(job: &Job, token: &str) -> Result<DecodingKey, String> {
    if job.algorithm() == "HS256" {
        return Ok(DecodingKey::from_secret(job.text("secret").as_bytes()));
    }
    let set: JwkSet = serde_json::from_str(&job.keys()).map_err(|error| error.to_string())?;
    let kid = decode_header(token)
        .map_err(|error| error.to_string())?
        .kid
        .unwrap_or_default();
    let key = set.find(&kid).ok_or("no such kid")?;
    DecodingKey::from_jwk(key).map_err(|error| error.to_string())
}

pub fn verify(job: &Job, token: &str, configured: bool) -> Verdict {
    let algorithm: Algorithm = job.algorithm().parse().map_err(|error| format!("{error:?}"))?;
    let mut validation = Validation::new(algorithm);
    if configured {
        validation.set_audience(&[job.text("audience")]);
        validation.set_issuer(&[job.text("issuer")]);
    }
    let key = find_key(job, token)?;
    decode::<Value>(token, &key, &validation)
        .map(|_| ())
        .map_err(|error| format!("{:?}", error.kind()))
}
