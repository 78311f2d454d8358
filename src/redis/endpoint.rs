//! What a server's address says of it.

/// Whether an address is that of a cluster: the configuration endpoint of a hosted cluster, or a
/// serverless cache, which is always one (Amazon ElastiCache: connection endpoints).
#[must_use]
pub fn is_cluster(address: &str) -> bool {
    let host = host(address);
    host.starts_with("clustercfg.")
        || host.contains(".clustercfg.")
        || host.contains(".serverless.") && host.contains(".cache.")
}

/// The first host of an address, with its port.
#[must_use]
pub fn host(address: &str) -> &str {
    let host = address.rsplit_once("://").map_or(address, |(_, rest)| rest);
    let host = host.rsplit_once('@').map_or(host, |(_, rest)| rest);
    host.split(['/', ',']).next().unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::{host, is_cluster};

    #[test]
    fn hosts_come_without_credentials() {
        for (address, shown) in [
            (
                "rediss://user:secret@cache.example.com:6380/0",
                "cache.example.com:6380",
            ),
            ("a:6379,b:6379", "a:6379"),
            ("redis:6379", "redis:6379"),
            ("", ""),
        ] {
            assert_eq!(host(address), shown);
        }
    }

    #[test]
    fn hosted_clusters_are_known_by_name() {
        for address in [
            "clustercfg.tickets.abc123.apn2.cache.amazonaws.com:6379",
            "rediss://user:secret@clustercfg.tickets.abc.use1.cache.amazonaws.com:6379/0",
            "tickets-abc.serverless.use1.cache.amazonaws.com:6379",
            "tickets.abc.clustercfg.use1.cache.amazonaws.com:6379",
        ] {
            assert!(is_cluster(address), "{address}");
        }
        for address in [
            "redis:6379",
            "master.tickets.abc.use1.cache.amazonaws.com",
            "my-clustercfg:6379",
            "app.serverless.example.com",
            "",
        ] {
            assert!(!is_cluster(address), "{address}");
        }
    }
}
