//! From when to when a certificate is good: two fields of its DER (RFC 5280, section 4.1), which no library that we have reads out.

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};

/// Tags of DER.
const INTEGER: u8 = 0x02;
const SEQUENCE: u8 = 0x30;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
/// The version of a certificate, which may be missing.
const VERSION: u8 = 0xa0;

/// First and last moment of a certificate; nothing of what is none.
pub(super) fn validity(certificate: &[u8]) -> Option<(Timestamp, Timestamp)> {
    let mut whole = Der(certificate);
    let mut certificate = Der(whole.take(SEQUENCE)?);
    let mut signed = Der(certificate.take(SEQUENCE)?);
    if signed.0.first() == Some(&VERSION) {
        signed.take(VERSION)?;
    }
    signed.take(INTEGER)?;
    // The algorithm of the signature, and the issuer.
    signed.take(SEQUENCE)?;
    signed.take(SEQUENCE)?;
    let mut times = Der(signed.take(SEQUENCE)?);
    Some((times.time()?, times.time()?))
}

/// What is not read yet.
struct Der<'d>(&'d [u8]);

impl<'d> Der<'d> {
    /// The content of the next value, if it has this tag.
    fn take(&mut self, tag: u8) -> Option<&'d [u8]> {
        let (&found, rest) = self.0.split_first()?;
        let (&first, mut rest) = rest.split_first()?;
        let mut length = usize::from(first);
        if first & 0x80 != 0 {
            let digits = usize::from(first & 0x7f);
            let (bytes, after) = rest.split_at_checked(digits).filter(|_| (1..=4).contains(&digits))?;
            length = bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
            rest = after;
        }
        let (content, rest) = rest.split_at_checked(length).filter(|_| found == tag)?;
        self.0 = rest;
        Some(content)
    }

    fn time(&mut self) -> Option<Timestamp> {
        let tag = *self.0.first().filter(|tag| [UTC_TIME, GENERALIZED_TIME].contains(tag))?;
        let text = std::str::from_utf8(self.take(tag)?).ok()?.strip_suffix('Z')?;
        let text = match tag {
            // Years of two digits are those from 1950 to 2049.
            UTC_TIME => format!("{}{text}", if text < "50" { "20" } else { "19" }),
            _ => text.to_owned(),
        };
        let time = DateTime::strptime("%Y%m%d%H%M%S", &text).ok()?;
        time.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    fn certificate(from: i32, until: i32) -> Vec<u8> {
        let mut parameters = CertificateParams::new(["localhost".to_owned()]).unwrap();
        (parameters.not_before, parameters.not_after) = (date_time_ymd(from, 2, 3), date_time_ymd(until, 4, 5));
        parameters.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec()
    }

    #[test]
    fn both_forms_of_a_time_are_read() {
        for (from, until) in [(1999, 2049), (2020, 2050), (1950, 4096)] {
            let (start, end) = validity(&certificate(from, until)).unwrap();
            assert_eq!(start.to_string(), format!("{from}-02-03T00:00:00Z"));
            assert_eq!(end.to_string(), format!("{until}-04-05T00:00:00Z"));
        }
    }

    #[test]
    fn what_is_cut_off_or_altered_is_none_or_has_other_times_and_never_fails() {
        let whole = certificate(2020, 2050);
        for length in 0..whole.len() {
            assert_eq!(validity(&whole[..length]), None, "{length}");
        }
        for place in 0..whole.len().min(200) {
            for byte in [0, 0x7f, 0x80, 0x84, 0xff] {
                let mut altered = whole.clone();
                altered[place] = byte;
                let _ = validity(&altered);
            }
        }
    }
}
