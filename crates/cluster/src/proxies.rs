//! Which proxy a request goes through, as `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` say it to every
//! program written in Go, kubectl and kubeseal among them.

use std::net::IpAddr;

/// What the variables say. They are arguments here: nobody but the doors reads the environment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proxies {
    /// For `http://`, the value of `HTTP_PROXY`.
    pub http: Option<String>,
    /// For `https://`, the value of `HTTPS_PROXY`.
    pub https: Option<String>,
    /// Hosts that are reached without one, the value of `NO_PROXY`.
    pub none_for: Option<String>,
}

impl Proxies {
    /// The URL of the proxy for a request, with its scheme. Nothing for `localhost` and loopback
    /// addresses, whatever is set.
    #[must_use]
    pub fn of(&self, scheme: &str, host: &str, port: Option<u16>) -> Option<String> {
        let (proxy, usual) = match scheme {
            "http" => (&self.http, 80),
            "https" => (&self.https, 443),
            _ => return None,
        };
        let proxy = proxy.as_deref().filter(|proxy| !proxy.is_empty())?;
        if !self.is_used(host, port.unwrap_or(usual)) {
            return None;
        }
        Some(if proxy.contains("://") {
            proxy.to_owned()
        } else {
            format!("http://{proxy}")
        })
    }

    fn is_used(&self, host: &str, port: u16) -> bool {
        let host = host.trim_matches(['[', ']']).to_ascii_lowercase();
        let address: Option<IpAddr> = host.parse().ok();
        if host == "localhost" || address.is_some_and(|address| address.is_loopback()) {
            return false;
        }
        let entries = self.none_for.as_deref().unwrap_or_default().split(',');
        !entries
            .map(|entry| entry.trim().to_ascii_lowercase())
            .any(|entry| names(&entry, &host, address, port))
    }
}

/// Whether an entry of `NO_PROXY` names the host: `*`, a network, an address, or a domain with what
/// is below it; address and domain may have a port.
fn names(entry: &str, host: &str, address: Option<IpAddr>, port: u16) -> bool {
    if entry == "*" {
        return true;
    }
    if let Some((network, bits)) = entry.split_once('/') {
        let network = network.parse().ok().zip(bits.parse().ok());
        return network
            .zip(address)
            .is_some_and(|((network, bits), address)| holds(network, bits, address));
    }
    let (name, wanted) = split_port(entry);
    if name.is_empty() || wanted.is_some_and(|wanted| wanted != port.to_string()) {
        return false;
    }
    if let Ok(named) = name.parse::<IpAddr>() {
        return address == Some(named);
    }
    let name = name
        .strip_prefix('*')
        .filter(|rest| rest.starts_with('.'))
        .unwrap_or(name);
    match name.strip_prefix('.') {
        Some(_) => host.ends_with(name),
        None => host == name || host.ends_with(&format!(".{name}")),
    }
}

/// `host:port`, `[address]:port`, or no port; an address of IPv6 without brackets has none.
fn split_port(entry: &str) -> (&str, Option<&str>) {
    if let Some(rest) = entry.strip_prefix('[') {
        let (name, behind) = rest.split_once(']').unwrap_or((rest, ""));
        return (name, behind.strip_prefix(':'));
    }
    match entry.split_once(':') {
        Some((name, port)) if !port.contains(':') => (name, Some(port)),
        _ => (entry, None),
    }
}

/// Whether the network of so many bits holds the address.
fn holds(network: IpAddr, bits: u32, address: IpAddr) -> bool {
    match (network, address) {
        (IpAddr::V4(network), IpAddr::V4(address)) => same(
            u128::from(u32::from(network)),
            u128::from(u32::from(address)),
            32,
            bits,
        ),
        (IpAddr::V6(network), IpAddr::V6(address)) => {
            same(u128::from(network), u128::from(address), 128, bits)
        }
        _ => false,
    }
}

fn same(left: u128, right: u128, width: u32, bits: u32) -> bool {
    let Some(free) = width.checked_sub(bits) else {
        return false;
    };
    (left ^ right).checked_shr(free).unwrap_or(0) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies(none_for: &str) -> Proxies {
        Proxies {
            http: Some("plain.example:3128".to_owned()),
            https: Some("socks5://secure.example".to_owned()),
            none_for: Some(none_for.to_owned()),
        }
    }

    #[test]
    fn the_scheme_chooses_and_a_proxy_without_one_is_http() {
        let proxies = proxies("");
        let of = |scheme| proxies.of(scheme, "a.example", None);
        assert_eq!(of("http").as_deref(), Some("http://plain.example:3128"));
        assert_eq!(of("https").as_deref(), Some("socks5://secure.example"));
        assert_eq!(of("ftp"), None);
        assert_eq!(Proxies::default().of("https", "a.example", None), None);
    }

    #[test]
    fn this_machine_is_never_reached_through_a_proxy() {
        for host in ["localhost", "127.0.0.1", "127.9.9.9", "[::1]", "::1"] {
            assert_eq!(proxies("").of("https", host, Some(6443)), None, "{host}");
        }
    }

    #[test]
    fn hosts_are_left_out_as_go_leaves_them_out() {
        for (none_for, host, left_out) in [
            ("*", "a.example", true),
            ("example", "a.example", true),
            ("a.example", "a.example", true),
            ("A.Example", "a.example", true),
            (".example", "a.example", true),
            ("*.example", "a.example", true),
            (".a.example", "a.example", false),
            ("b.example", "a.example", false),
            ("ample", "a.example", false),
            ("x, a.example ,y", "a.example", true),
            ("a.example:443", "a.example", true),
            ("a.example:80", "a.example", false),
            ("10.0.0.0/8", "10.1.2.3", true),
            ("10.0.0.0/8", "11.1.2.3", false),
            ("0.0.0.0/0", "11.1.2.3", true),
            ("10.1.2.3", "10.1.2.3", true),
            ("10.1.2.3:6443", "10.1.2.3", false),
            ("fd00::/8", "[fd00::1]", true),
            ("fd00::1", "[fd00::1]", true),
            ("[fd00::1]:443", "[fd00::1]", true),
            ("10.0.0.0/99", "10.1.2.3", false),
            ("", "a.example", false),
        ] {
            let found = proxies(none_for).of("https", host, None);
            assert_eq!(found.is_none(), left_out, "{none_for:?} {host}");
        }
    }
}
