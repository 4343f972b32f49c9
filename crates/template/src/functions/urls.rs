//! `urlParse` and `urlJoin`, as `net/url` takes URLs apart and puts them together.

mod escape;

use super::{Arguments, Function, Type};
use crate::error::{Fault, Outcome};
use crate::host::Host;
use crate::value::{Buffer, Map, Text, Value};
use escape::{Part, escape, unescape};

pub(super) const ALL: &[Function] = &[
    Function::new("urlJoin", &[Type::Map], join),
    Function::new("urlParse", &[Type::Text], parse),
];

/// A URL in parts, of which none is escaped.
struct Url<'u> {
    scheme: Vec<u8>,
    opaque: &'u [u8],
    user: Option<User>,
    host: Vec<u8>,
    path: Vec<u8>,
    query: &'u [u8],
}

struct User {
    name: Vec<u8>,
    password: Option<Vec<u8>>,
}

type Parsing<T> = Result<T, &'static str>;

/// The text before and behind the first `mark`.
fn cut(text: &[u8], mark: u8) -> (&[u8], Option<&[u8]>) {
    match text.iter().position(|byte| *byte == mark) {
        Some(at) => (&text[..at], text.get(at + 1..)),
        None => (text, None),
    }
}

fn parse(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let text = arguments.text(0)?;
    host.meter.memory(4 * text.len())?;
    let (url, fragment) = cut(text, b'#');
    let told = |error| Fault::from(format!("unable to parse url: {error}"));
    let url = Url::parse(url).map_err(told)?;
    let fragment = unescape(fragment.unwrap_or_default(), Part::Fragment).map_err(told)?;
    let dict = host.map()?;
    let set = |key: &str, value: &[u8]| {
        let (key, value) = (Text::given(key.as_bytes()), host.text(value)?);
        dict.set(host.meter, key, value)
    };
    let mut user = host.buffer();
    url.write_user(&mut user)?;
    set("scheme", &url.scheme)?;
    set("host", &url.host)?;
    set("hostname", hostname(&url.host))?;
    set("path", &url.path)?;
    set("query", url.query)?;
    set("opaque", url.opaque)?;
    set("fragment", &fragment)?;
    set("userinfo", user.bytes())?;
    Ok(Value::Map(dict))
}

/// The host without port and brackets.
fn hostname(host: &[u8]) -> &[u8] {
    let colon = host.iter().rposition(|byte| *byte == b':');
    let name = match colon {
        Some(at) if is_port(&host[at..]) => &host[..at],
        _ => host,
    };
    let inner = name
        .strip_prefix(b"[")
        .and_then(|inner| inner.strip_suffix(b"]"));
    inner.unwrap_or(name)
}

fn is_port(text: &[u8]) -> bool {
    match text {
        [] => true,
        [b':', digits @ ..] => digits.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

impl<'u> Url<'u> {
    /// `url.Parse`, of what stands before the fragment.
    fn parse(text: &'u [u8]) -> Parsing<Self> {
        if text.iter().any(u8::is_ascii_control) {
            return Err("net/url: invalid control character in URL");
        }
        let mut url = Self {
            scheme: Vec::new(),
            opaque: b"",
            user: None,
            host: Vec::new(),
            path: Vec::new(),
            query: b"",
        };
        if text == b"*" {
            url.path = text.to_vec();
            return Ok(url);
        }
        let (scheme, rest) = scheme(text)?;
        url.scheme = scheme.to_ascii_lowercase();
        let (mut rest, query) = cut(rest, b'?');
        url.query = query.unwrap_or_default();
        if !rest.starts_with(b"/") {
            if !scheme.is_empty() {
                url.opaque = rest;
                return Ok(url);
            }
            if cut(rest, b'/').0.contains(&b':') {
                return Err("first path segment in URL cannot contain colon");
            }
        }
        let has_authority = !scheme.is_empty() || !rest.starts_with(b"///");
        if let (true, Some(behind)) = (has_authority, rest.strip_prefix(b"//")) {
            let slash = behind.iter().position(|byte| *byte == b'/');
            let (authority, path) = behind.split_at(slash.unwrap_or(behind.len()));
            rest = path;
            url.authority(authority)?;
        }
        url.path = unescape(rest, Part::Path)?;
        Ok(url)
    }

    fn authority(&mut self, authority: &[u8]) -> Parsing<()> {
        let at = authority.iter().rposition(|byte| *byte == b'@');
        let host = at.map_or(authority, |at| &authority[at + 1..]);
        self.host = parse_host(&self.scheme, host)?;
        let Some(at) = at else { return Ok(()) };
        let (name, password) = cut(&authority[..at], b':');
        let allowed =
            |byte: &u8| byte.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(byte);
        if !authority[..at].iter().all(allowed) {
            return Err("net/url: invalid userinfo");
        }
        let name = unescape(name, Part::User)?;
        let password = password.map(|password| unescape(password, Part::User));
        self.user = Some(User {
            name,
            password: password.transpose()?,
        });
        Ok(())
    }

    fn write_user(&self, out: &mut Buffer<'_>) -> Outcome<()> {
        let Some(user) = &self.user else {
            return Ok(());
        };
        escape(out, &user.name, Part::User)?;
        if let Some(password) = &user.password {
            out.push(b':')?;
            escape(out, password, Part::User)?;
        }
        Ok(())
    }
}

/// The scheme, if there is one, and what stands behind it.
fn scheme(text: &[u8]) -> Parsing<(&[u8], &[u8])> {
    for (at, byte) in text.iter().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'0'..=b'9' | b'+' | b'-' | b'.' if at > 0 => {}
            b':' if at == 0 => return Err("missing protocol scheme"),
            b':' => return Ok((&text[..at], &text[at + 1..])),
            _ => break,
        }
    }
    Ok((b"", text))
}

fn parse_host(scheme: &[u8], host: &[u8]) -> Parsing<Vec<u8>> {
    const BAD_PORT: &str = "invalid port after host";
    match host.iter().rposition(|byte| *byte == b'[') {
        Some(0) => return literal(host),
        Some(_) => return Err("invalid IP-literal"),
        None => {}
    }
    let colon = |mut bytes: std::slice::Iter<'_, u8>, last: bool| match last {
        true => bytes.rposition(|byte| *byte == b':'),
        false => bytes.position(|byte| *byte == b':'),
    };
    // More than one colon is for databases with several hosts, and not for the web.
    let strict = matches!(scheme, b"http" | b"https");
    if let Some(at) = colon(host.iter(), !strict)
        && !is_port(&host[at..])
    {
        return Err(BAD_PORT);
    }
    unescape(host, Part::Host)
}

/// `[::1]:80`
fn literal(host: &[u8]) -> Parsing<Vec<u8>> {
    let close = host.iter().rposition(|byte| *byte == b']');
    let close = close.ok_or("missing ']' in host")?;
    let (name, port) = (&host[1..close], &host[close + 1..]);
    if !is_port(port) {
        return Err("invalid port after host");
    }
    let zone = name.windows(3).position(|window| window == b"%25");
    let (address, zone) = name.split_at(zone.unwrap_or(name.len()));
    let address = unescape(address, Part::Host)?;
    let zone = unescape(zone, Part::Zone)?;
    let is_address =
        str::from_utf8(&address).is_ok_and(|text| text.parse::<std::net::Ipv6Addr>().is_ok());
    if !is_address || zone.len() == 1 {
        return Err("invalid host");
    }
    Ok([b"[", address.as_slice(), &zone, b"]", port].concat())
}

fn join(host: &Host<'_>, arguments: &Arguments<'_>) -> Outcome<Value> {
    let dict = arguments.map(0)?;
    let (scheme, opaque) = (part(dict, "scheme")?, part(dict, "opaque")?);
    let (authority, path) = (part(dict, "host")?, part(dict, "path")?);
    let (query, fragment) = (part(dict, "query")?, part(dict, "fragment")?);
    let user = user_part(host, &part(dict, "userinfo")?)?;
    let mut out = host.buffer();
    if !scheme.is_empty() {
        out.extend(&scheme)?;
        out.push(b':')?;
    }
    if opaque.is_empty() {
        if !authority.is_empty() || user.is_some() || (!path.is_empty() && !scheme.is_empty()) {
            out.extend(b"//")?;
        }
        if let Some(user) = user {
            out.extend(user.bytes())?;
            out.push(b'@')?;
        }
        escape(&mut out, &authority, Part::Host)?;
        write_path(&mut out, &path, !authority.is_empty())?;
    } else {
        out.extend(&opaque)?;
    }
    if !query.is_empty() {
        out.push(b'?')?;
        out.extend(&query)?;
    }
    if !fragment.is_empty() {
        out.push(b'#')?;
        escape(&mut out, &fragment, Part::Fragment)?;
    }
    out.text().map(Value::Str)
}

/// User and password, escaped, if the text is of their form.
fn user_part<'h>(host: &Host<'h>, userinfo: &[u8]) -> Outcome<Option<Buffer<'h>>> {
    if userinfo.is_empty() {
        return Ok(None);
    }
    let text = zeroize::Zeroizing::new([b"proto://", userinfo, b"@host"].concat());
    let (url, fragment) = cut(&text, b'#');
    let told = |error| Fault::from(format!("unable to parse userinfo in dict: {error}"));
    let parsed = Url::parse(url).map_err(told)?;
    unescape(fragment.unwrap_or_default(), Part::Fragment).map_err(told)?;
    let mut user = host.buffer();
    parsed.write_user(&mut user)?;
    Ok(parsed.user.is_some().then_some(user))
}

fn write_path(out: &mut Buffer<'_>, path: &[u8], behind_host: bool) -> Outcome<()> {
    if behind_host && !path.is_empty() && !path.starts_with(b"/") {
        out.push(b'/')?;
    }
    let first = path.split(|byte| *byte == b'/').next().unwrap_or_default();
    if out.len() == 0 && first.contains(&b':') {
        out.extend(b"./")?;
    }
    match path {
        b"*" => out.push(b'*'),
        path => escape(out, path, Part::Path),
    }
}

/// A part of a URL in a dictionary; nothing if it is not there.
fn part(dict: &Map, key: &str) -> Outcome<Text> {
    match dict.get(key.as_bytes()) {
        None => Ok(Text::given(b"")),
        Some(Value::Str(text)) => Ok(text),
        Some(other) => {
            let kind = other.kind_name();
            Err(Fault::from(format!(
                "unable to parse {key} key, must be of type string, but {kind} found"
            )))
        }
    }
}
