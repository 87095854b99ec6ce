//! The independent client: boto3, asking the same API as any other program.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::{repository, tools};

/// Asks as one account in one region.
#[derive(Clone, Debug)]
pub struct Client {
    endpoint: String,
    key: String,
    secret: String,
    region: String,
}

impl Client {
    /// A client of `endpoint` with an access key; on the emulators a 12-digit key is its account.
    pub fn new(endpoint: &str, key: &str) -> Self {
        Self {
            endpoint: endpoint.to_owned(),
            key: key.to_owned(),
            secret: "test".to_owned(),
            region: "us-east-1".to_owned(),
        }
    }

    /// The same client with another secret key.
    #[must_use]
    pub fn secret(mut self, secret: &str) -> Self {
        secret.clone_into(&mut self.secret);
        self
    }

    /// Everything of the kinds we deploy that the API lists.
    pub fn inventory(&self) -> Value {
        self.run(&["inventory"])
    }

    /// All names in the inventory, with their kind.
    pub fn names(&self) -> Vec<String> {
        let inventory = self.inventory();
        let kinds = inventory.as_object().expect("an object").iter();
        kinds
            .flat_map(|(kind, names)| {
                let names = names.as_array().expect("a list").iter();
                names.map(move |name| format!("{kind}: {}", name.as_str().expect("a name")))
            })
            .collect()
    }

    /// One call; an error of the service is the answer `{"error": code, "message": …}`.
    pub fn call(&self, service: &str, operation: &str, arguments: &Value) -> Value {
        self.run(&["call", service, operation, &arguments.to_string()])
    }

    /// Many calls, one after the other, each as [`Client::call`].
    pub fn calls(&self, each: &[(&str, &str, Value)]) -> Vec<Value> {
        let answers = self.run(&["calls", &serde_json::json!(each).to_string()]);
        answers.as_array().expect("a list").clone()
    }

    /// A function's zip, fetched back into `file`.
    pub fn code(&self, function: &str, file: &Path) {
        self.run(&["code", function, &file.to_string_lossy()]);
    }

    fn run(&self, arguments: &[&str]) -> Value {
        let output = Command::new(tools().join("venv/bin/python"))
            .arg(repository().join("tests/tools/aws.py"))
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("AWS_ENDPOINT_URL", &self.endpoint)
            .env("AWS_ACCESS_KEY_ID", &self.key)
            .env("AWS_SECRET_ACCESS_KEY", &self.secret)
            .env("AWS_DEFAULT_REGION", &self.region)
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .output()
            .expect("python runs");
        assert!(
            output.status.success(),
            "aws.py {arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        serde_json::from_slice(&output.stdout).expect("JSON")
    }
}
