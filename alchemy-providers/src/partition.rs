//! Which partition a region belongs to. No ARN or host name is written down anywhere else.
//! Source: "AWS service endpoints" and "Amazon Resource Names (ARNs)".

/// A group of regions with its own accounts, ARNs and host names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Partition {
    /// The second field of its ARNs, e.g. `aws-cn`.
    pub name: &'static str,
    /// How its host names end, e.g. `amazonaws.com.cn`.
    pub dns_suffix: &'static str,
}

/// Region prefixes and their partitions; the first that fits counts, the last fits all.
const PARTITIONS: &[(&str, Partition)] = &[
    ("cn-", Partition { name: "aws-cn", dns_suffix: "amazonaws.com.cn" }),
    ("us-gov-", Partition { name: "aws-us-gov", dns_suffix: "amazonaws.com" }),
    ("us-isob-", Partition { name: "aws-iso-b", dns_suffix: "sc2s.sgov.gov" }),
    ("us-isof-", Partition { name: "aws-iso-f", dns_suffix: "csp.hci.ic.gov" }),
    ("us-iso-", Partition { name: "aws-iso", dns_suffix: "c2s.ic.gov" }),
    ("eu-isoe-", Partition { name: "aws-iso-e", dns_suffix: "cloud.adc-e.uk" }),
    ("eusc-", Partition { name: "aws-eusc", dns_suffix: "amazonaws.eu" }),
    ("", Partition { name: "aws", dns_suffix: "amazonaws.com" }),
];

impl Partition {
    /// The partition of `region`; an unknown region counts as one of the commercial partition.
    pub fn of_region(region: &str) -> Self {
        let known = PARTITIONS.iter().find(|(prefix, _)| region.starts_with(prefix));
        known.map_or(Self { name: "aws", dns_suffix: "amazonaws.com" }, |(_, partition)| *partition)
    }
}

#[cfg(test)]
mod tests {
    use super::Partition;

    #[test]
    fn regions_fall_into_their_partitions() {
        let rows = [
            ("us-east-1", "aws", "amazonaws.com"),
            ("cn-north-1", "aws-cn", "amazonaws.com.cn"),
            ("us-gov-west-1", "aws-us-gov", "amazonaws.com"),
            ("us-iso-east-1", "aws-iso", "c2s.ic.gov"),
            ("us-isob-east-1", "aws-iso-b", "sc2s.sgov.gov"),
            ("eusc-de-east-1", "aws-eusc", "amazonaws.eu"),
            ("xx-new-9", "aws", "amazonaws.com"),
        ];
        for (region, name, dns_suffix) in rows {
            assert_eq!(Partition::of_region(region), Partition { name, dns_suffix }, "{region}");
        }
    }
}
