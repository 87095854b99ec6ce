//! Functions of ours that scripts may call: bytes and URLs, and reading the project's files.

use std::path::Path;
use std::rc::Rc;

use rquickjs::{Array, Ctx, Function, Object, Result, Value};
use sha2::{Digest as _, Sha256};

use super::machine::{Door, Inputs};
use crate::limits;
use crate::source::files::ReadError;

/// Makes the object that the scripts of `js/globals` get.
pub(crate) fn object<'js>(ctx: &Ctx<'js>, inputs: &Inputs, door: &Door) -> Result<Object<'js>> {
    let host = Object::new(ctx.clone())?;
    host.set("now", inputs.now_ms)?;
    host.set("seed", inputs.seed)?;
    host.set("stage", inputs.stage.as_str())?;
    host.set("root", inputs.files.root().to_string_lossy().as_ref())?;
    host.set("frames", limits::STACK_FRAMES)?;
    let environment = Object::new(ctx.clone())?;
    for (name, value) in &inputs.environment {
        environment.set(name.as_str(), value.as_str())?;
    }
    host.set("environment", environment)?;
    bytes(ctx, &host)?;
    urls(ctx, &host)?;
    files(ctx, &host, door)?;
    Ok(host)
}

fn bytes<'js>(ctx: &Ctx<'js>, host: &Object<'js>) -> Result<()> {
    host.set("encodeUtf8", Function::new(ctx.clone(), |text: String| text.into_bytes())?)?;
    let decode = |bytes: Vec<u8>, fatal: bool| -> Option<String> {
        if fatal {
            String::from_utf8(bytes).ok()
        } else {
            Some(String::from_utf8_lossy(&bytes).into_owned())
        }
    };
    host.set("decodeUtf8", Function::new(ctx.clone(), decode)?)?;
    host.set(
        "sha256",
        Function::new(ctx.clone(), |bytes: Vec<u8>| Sha256::digest(&bytes).to_vec())?,
    )
}

fn urls<'js>(ctx: &Ctx<'js>, host: &Object<'js>) -> Result<()> {
    let parse = |text: String, base: Option<String>| -> Option<String> {
        let base = base.map(|base| url::Url::parse(&base)).transpose().ok()?;
        url::Url::options().base_url(base.as_ref()).parse(&text).ok().map(|url| parts(&url))
    };
    host.set("parseUrl", Function::new(ctx.clone(), parse)?)?;
    let change = |href: String, part: String, value: String| -> Option<String> {
        let mut url = url::Url::parse(&href).ok()?;
        let setter = match part.as_str() {
            "href" => url::quirks::set_href(&mut url, &value).is_ok(),
            "protocol" => url::quirks::set_protocol(&mut url, &value).is_ok(),
            "username" => url::quirks::set_username(&mut url, &value).is_ok(),
            "password" => url::quirks::set_password(&mut url, &value).is_ok(),
            "host" => url::quirks::set_host(&mut url, &value).is_ok(),
            "hostname" => url::quirks::set_hostname(&mut url, &value).is_ok(),
            "port" => url::quirks::set_port(&mut url, &value).is_ok(),
            "pathname" => {
                url::quirks::set_pathname(&mut url, &value);
                true
            }
            "search" => {
                url::quirks::set_search(&mut url, &value);
                true
            }
            _ => {
                url::quirks::set_hash(&mut url, &value);
                true
            }
        };
        setter.then(|| parts(&url))
    };
    host.set("changeUrl", Function::new(ctx.clone(), change)?)
}

fn parts(url: &url::Url) -> String {
    use url::quirks;
    serde_json::json!({
        "href": quirks::href(url),
        "origin": quirks::origin(url),
        "protocol": quirks::protocol(url),
        "username": quirks::username(url),
        "password": quirks::password(url),
        "host": quirks::host(url),
        "hostname": quirks::hostname(url),
        "port": quirks::port(url),
        "pathname": quirks::pathname(url),
        "search": quirks::search(url),
        "hash": quirks::hash(url),
    })
    .to_string()
}

fn files<'js>(ctx: &Ctx<'js>, host: &Object<'js>, files: &Door) -> Result<()> {
    let door = Rc::clone(files);
    let read = move |ctx: Ctx<'js>, path: String| -> Result<Value<'js>> {
        match door.borrow().read_data(Path::new(&path)) {
            Ok(bytes) => {
                let answer = Object::new(ctx)?;
                answer.set("bytes", bytes)?;
                Ok(answer.into_value())
            }
            Err(error) => refused(&ctx, &error),
        }
    };
    host.set("readFile", Function::new(ctx.clone(), read)?)?;
    let door = Rc::clone(files);
    let list = move |ctx: Ctx<'js>, path: String| -> Result<Value<'js>> {
        match door.borrow().list(Path::new(&path)) {
            Ok(names) => {
                let answer = Object::new(ctx)?;
                answer.set("names", names)?;
                Ok(answer.into_value())
            }
            Err(error) => refused(&ctx, &error),
        }
    };
    host.set("readFolder", Function::new(ctx.clone(), list)?)?;
    let door = Rc::clone(files);
    let kind = move |path: String| door.borrow().kind(Path::new(&path));
    host.set("kindOf", Function::new(ctx.clone(), kind)?)
}

/// `[code, message]`, as Node names these errors.
fn refused<'js>(ctx: &Ctx<'js>, error: &ReadError) -> Result<Value<'js>> {
    let code = match error {
        ReadError::Outside { .. } => "OUTSIDE",
        ReadError::Missing => "ENOENT",
        ReadError::Folder => "EISDIR",
        ReadError::NotText { .. } => "EILSEQ",
        ReadError::TooLarge { .. } => "EFBIG",
        ReadError::Io(_) => "EIO",
    };
    let answer = Array::new(ctx.clone())?;
    answer.set(0, code)?;
    answer.set(1, error.to_string())?;
    Ok(answer.into_value())
}
