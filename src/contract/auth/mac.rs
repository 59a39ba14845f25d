//! HMAC and hex, which all signatures use.

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit, Mac, digest::block_api::EagerHash};

/// The code of a message; never `None`, since HMAC accepts keys of any length.
pub(super) fn code<D: EagerHash>(key: &[u8], message: &[u8]) -> Option<Vec<u8>>
where
    Hmac<D>: KeyInit + Mac,
{
    Some(keyed::<D>(key, message)?.finalize().into_bytes().to_vec())
}

/// Whether `sent` is the code of a message, in constant time.
pub(super) fn fits<D: EagerHash>(key: &[u8], message: &[u8], sent: &[u8]) -> bool
where
    Hmac<D>: KeyInit + Mac + Clone,
{
    keyed::<D>(key, message).is_some_and(|mac| is(&mac, sent))
}

/// A MAC of a message that has been read once and can be compared with any number of codes.
pub(super) fn keyed<D: EagerHash>(key: &[u8], message: &[u8]) -> Option<Hmac<D>>
where
    Hmac<D>: KeyInit + Mac,
{
    <Hmac<D> as KeyInit>::new_from_slice(key).ok().map(|mac| mac.chain_update(message))
}

/// Like [`fits`], for a message that has already been read.
pub(super) fn is<M: Mac + Clone>(mac: &M, sent: &[u8]) -> bool {
    mac.clone().verify_slice(sent).is_ok()
}

/// Bytes as lower-case hex.
pub(super) fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// The bytes of a hex text in either case; `None` if it is not hex.
pub(super) fn from_hex(hex: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        hex.chars().map(|digit| digit.to_digit(16).and_then(|value| u8::try_from(value).ok())).collect();
    let digits = digits.filter(|digits| digits.len().is_multiple_of(2))?;
    Some(digits.chunks_exact(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect())
}

#[cfg(test)]
mod tests {
    use sha1::Sha1;
    use sha2::Sha256;

    use super::*;

    /// The second test case of RFC 2202 and of RFC 4231.
    #[test]
    fn computes_the_published_codes() {
        let (key, message) = (b"Jefe".as_slice(), b"what do ya want for nothing?".as_slice());
        let sha1 = code::<Sha1>(key, message).unwrap();
        let sha256 = code::<Sha256>(key, message).unwrap();
        assert_eq!(to_hex(&sha1), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
        assert_eq!(to_hex(&sha256), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        assert!(fits::<Sha1>(key, message, &sha1));
        assert!(!fits::<Sha1>(key, message, &sha256) && !fits::<Sha1>(key, message, &sha1[1..]));
    }

    #[test]
    fn reads_hex_in_either_case_and_nothing_else() {
        assert_eq!(from_hex("00fFa1"), Some(vec![0, 255, 161]));
        for wrong in ["0", "0g", "空空", "+1"] {
            assert_eq!(from_hex(wrong), None, "{wrong}");
        }
    }
}
