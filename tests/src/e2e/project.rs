//! A project on disk: a program, its packages, a home of its own.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::{Client, Run, repository, tools};

/// The account of a project's default credentials.
const ACCOUNT: &str = "111111111111";

/// A project folder and the home of the person who works in it.
#[derive(Debug)]
pub struct Project {
    folder: TempDir,
    endpoint: String,
    account: String,
    secret: String,
}

impl Project {
    /// A project with these files, against the AWS at `endpoint`.
    pub fn new(endpoint: &str, files: &[(&str, &str)]) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let project = Self {
            folder,
            endpoint: endpoint.to_owned(),
            account: ACCOUNT.to_owned(),
            secret: "test".to_owned(),
        };
        fs::create_dir_all(project.path()).expect("the project's folder");
        fs::create_dir_all(project.home()).expect("a home");
        fs::write(project.path().join("package.json"), "{ \"type\": \"module\" }\n")
            .expect("package.json");
        std::os::unix::fs::symlink(
            tools().join("node/node_modules"),
            project.path().join("node_modules"),
        )
        .expect("packages");
        for (file, text) in files {
            project.write(file, text);
        }
        project
    }

    /// A project with the example program of that name (`photos`), or a program of `tests/programs`.
    pub fn example(endpoint: &str, name: &str) -> Self {
        let project = Self::new(endpoint, &[]);
        let examples = repository().join("examples").join(name);
        let from = if examples.is_dir() {
            examples
        } else {
            repository().join("tests/programs").join(name)
        };
        copy(&from, project.path().as_path());
        project
    }

    /// As another account (12 digits), or another access key.
    #[must_use]
    pub fn account(mut self, account: &str) -> Self {
        account.clone_into(&mut self.account);
        self
    }

    /// With this secret key.
    #[must_use]
    pub fn secret(mut self, secret: &str) -> Self {
        secret.clone_into(&mut self.secret);
        self
    }

    /// Its folder.
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("project")
    }

    /// The home of its user.
    pub fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// Writes one file.
    pub fn write(&self, file: &str, text: &str) {
        let path = self.path().join(file);
        fs::create_dir_all(path.parent().expect("a folder")).expect("the file's folder");
        fs::write(path, text).expect("the file");
    }

    /// Replaces `from` by `to` in a file; `from` must be in it.
    pub fn edit(&self, file: &str, from: &str, to: &str) {
        let path = self.path().join(file);
        let text = fs::read_to_string(&path).expect("the file");
        assert!(text.contains(from), "{file} does not hold {from:?}");
        fs::write(path, text.replace(from, to)).expect("the file");
    }

    /// `alchemy ARGUMENTS` in it, with the credentials of its account.
    pub fn alchemy(&self, arguments: &[&str]) -> Run {
        self.bare(arguments)
            .env("AWS_ACCESS_KEY_ID", &self.account)
            .env("AWS_SECRET_ACCESS_KEY", &self.secret)
    }

    /// `alchemy ARGUMENTS` in it, without credentials.
    pub fn bare(&self, arguments: &[&str]) -> Run {
        Run::new(&self.path(), arguments)
            .env("HOME", self.home())
            .env("USER", "sam")
            .env("AWS_ENDPOINT_URL", &self.endpoint)
            .env("AWS_REGION", "us-east-1")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("TZ", "UTC")
    }

    /// The independent client of its account; `endpoint` past any proxy.
    pub fn client(&self, endpoint: &str) -> Client {
        Client::new(endpoint, &self.account).secret(&self.secret)
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("the folder");
    for entry in fs::read_dir(from).unwrap_or_else(|e| panic!("{}: {e}", from.display())) {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.file_name() == "node_modules" || entry.file_name() == ".alchemy" {
            continue;
        }
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a file");
        }
    }
}
