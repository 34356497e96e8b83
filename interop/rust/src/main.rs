//! Runs one Rust verifier: interop VERIFIER USE < job.json prints a line of JSON for each token.
mod jsonwebtoken_crate;
mod jwt_simple_crate;

use serde_json::{json, Value};

/// What a verifier is told of the service.
pub struct Job(Value);

impl Job {
    pub fn text(&self, name: &str) -> &str {
        self.0[name].as_str().unwrap_or_default()
    }

    pub fn keys(&self) -> String {
        self.0["jwks"].to_string()
    }

    pub fn algorithm(&self) -> &str {
        self.text("algorithm")
    }
}

/// Why a token was refused.
pub type Verdict = Result<(), String>;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let job = Job(serde_json::from_reader(std::io::stdin()).expect("a job"));
    let configured = arguments[1] == "configured";
    let verify: fn(&Job, &str, bool) -> Verdict = match arguments[0].as_str() {
        "rust-jsonwebtoken" => jsonwebtoken_crate::verify,
        "rust-jwt-simple" => jwt_simple_crate::verify,
        other => panic!("no such verifier: {other}"),
    };
    for (token, text) in job.0["tokens"].as_object().expect("tokens") {
        let verdict = verify(&job, text.as_str().expect("a token"), configured);
        let reason = verdict.clone().err().unwrap_or_default();
        println!(
            "{}",
            json!({ "token": token, "accepted": verdict.is_ok(), "reason": reason })
        );
    }
}
