//! Which addresses the answers to offers name as candidates.
//!
//! Owns the choice among this machine's own addresses and the resolving of
//! `sfu.public_addresses`. Never opens a socket.

use std::{
    io,
    net::{IpAddr, SocketAddr},
};

use hearth_config::Sfu;

/// Own addresses named at most; a machine full of bridges would swell every answer.
const MAX_LOCAL: usize = 16;

/// Why an address of `sfu.public_addresses` cannot be advertised.
#[derive(Debug, thiserror::Error)]
#[error("sfu.public_addresses: \"{name}\" {reason}")]
pub struct AdvertiseError {
    name: String,
    reason: String,
}

/// The addresses to advertise for a socket bound to `bound`, the most useful first.
///
/// # Errors
/// A name of `sfu.public_addresses` does not resolve; the text names it.
pub async fn addresses(
    settings: &Sfu,
    bound: SocketAddr,
) -> Result<Vec<SocketAddr>, AdvertiseError> {
    let mut found = Vec::new();
    for name in &settings.public_addresses {
        found.extend(resolve(name, bound.port()).await?);
    }
    if settings.advertise_local {
        found.extend(local(bound));
    }
    let mut unique = Vec::new();
    for address in found {
        if !unique.contains(&address) {
            unique.push(address);
        }
    }
    Ok(unique)
}

/// The addresses of this machine that reach a socket bound to `bound`.
pub fn local(bound: SocketAddr) -> Vec<SocketAddr> {
    if !bound.ip().is_unspecified() {
        return vec![bound];
    }
    let ips = match if_addrs::get_if_addrs() {
        Ok(interfaces) => {
            interfaces.into_iter().filter(|it| it.is_oper_up()).map(|it| it.ip()).collect()
        }
        Err(error) => {
            tracing::warn!(%error, "cannot list this machine's addresses; only loopback is named");
            vec![IpAddr::from([127, 0, 0, 1])]
        }
    };
    select(ips, bound.is_ipv6()).into_iter().map(|ip| SocketAddr::new(ip, bound.port())).collect()
}

/// Orders and thins: IPv4 before IPv6, routable before loopback, link-local only if nothing else
/// leaves this machine.
fn select(mut ips: Vec<IpAddr>, ipv6: bool) -> Vec<IpAddr> {
    ips.retain(|ip| ipv6 || ip.is_ipv4());
    let elsewhere = ips.iter().any(|ip| !ip.is_loopback() && !is_link_local(ip));
    // An IPv6 link-local address means nothing without its interface, which SDP cannot name.
    ips.retain(|ip| !is_link_local(ip) || (!elsewhere && ip.is_ipv4()));
    ips.sort_by_key(|ip| (ip.is_loopback(), ip.is_ipv6()));
    ips.dedup();
    let loopback = ips.iter().position(IpAddr::is_loopback).unwrap_or(ips.len());
    if loopback > MAX_LOCAL {
        ips.drain(MAX_LOCAL..loopback);
    }
    ips
}

fn is_link_local(ip: &IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_unicast_link_local(),
    }
}

/// "host", "host:port", "address", "[v6]:port".
async fn resolve(name: &str, port: u16) -> Result<Vec<SocketAddr>, AdvertiseError> {
    if let Ok(ip) = name.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(ip, port)]);
    }
    let with_port = if name.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok()) {
        name.to_owned()
    } else {
        format!("{name}:{port}")
    };
    let resolved: io::Result<Vec<SocketAddr>> =
        tokio::net::lookup_host(&with_port).await.map(Iterator::collect);
    match resolved {
        Ok(addresses) if !addresses.is_empty() => Ok(addresses),
        Ok(_) => Err(AdvertiseError { name: name.into(), reason: "has no address".into() }),
        Err(error) => Err(AdvertiseError {
            name: name.into(),
            reason: format!(
                "cannot be resolved ({error}); give a name or an address, with or without :port"
            ),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ips(texts: &[&str]) -> Vec<IpAddr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn loopback_is_named_last_and_link_local_not_at_all() {
        let found = select(
            ips(&["::1", "127.0.0.1", "fe80::1", "169.254.1.1", "2001:db8::1", "192.0.2.2"]),
            true,
        );
        assert_eq!(found, ips(&["192.0.2.2", "2001:db8::1", "127.0.0.1", "::1"]));
    }

    #[test]
    fn link_local_is_named_when_there_is_nothing_else() {
        let found = select(ips(&["127.0.0.1", "169.254.1.1", "fe80::1"]), true);
        assert_eq!(found, ips(&["169.254.1.1", "127.0.0.1"]));
    }

    #[test]
    fn an_ipv4_socket_has_no_ipv6_addresses() {
        let found = select(ips(&["::1", "127.0.0.1", "2001:db8::1"]), false);
        assert_eq!(found, ips(&["127.0.0.1"]));
    }

    #[test]
    fn many_bridges_do_not_push_loopback_out() {
        let mut many: Vec<IpAddr> = (0..40).map(|n| IpAddr::from([10, 0, n, 1])).collect();
        many.push(IpAddr::from([127, 0, 0, 1]));
        let found = select(many, false);
        assert_eq!(found.len(), MAX_LOCAL + 1);
        assert!(found.last().unwrap().is_loopback());
    }

    #[tokio::test]
    async fn public_addresses_take_our_port_unless_they_name_one() {
        let settings = |name: &str| {
            hearth_config::from_toml(&format!(
                "[sfu]\nadvertise_local = false\npublic_addresses = [\"{name}\"]"
            ))
            .unwrap()
            .sfu
        };
        let bound = "0.0.0.0:5000".parse().unwrap();
        for (name, expected) in [
            ("192.0.2.7", "192.0.2.7:5000"),
            ("192.0.2.7:7000", "192.0.2.7:7000"),
            ("2001:db8::1", "[2001:db8::1]:5000"),
            ("[2001:db8::1]:7000", "[2001:db8::1]:7000"),
        ] {
            let found = addresses(&settings(name), bound).await.unwrap();
            assert_eq!(found, [expected.parse::<SocketAddr>().unwrap()], "{name}");
        }
    }

    #[tokio::test]
    async fn a_name_that_does_not_resolve_is_named() {
        let settings =
            hearth_config::from_toml("[sfu]\npublic_addresses = [\"no-such-host.invalid\"]")
                .unwrap()
                .sfu;
        let error = addresses(&settings, "0.0.0.0:1".parse().unwrap()).await.unwrap_err();
        assert!(error.to_string().contains("no-such-host.invalid"), "{error}");
    }
}
