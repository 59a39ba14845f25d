//! KooDrive's app signature: `HMAC-SHA256 AppId=...,SignedHeaders=...,Signature=...`.

/// The form, as a message shows it.
pub(super) const FORM: &str = "`HMAC-SHA256 AppId=...,SignedHeaders=...,Signature=...`";

/// The three parts of a signature.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Signature<'a> {
    app_id: &'a str,
    signed_headers: &'a str,
    signature: &'a str,
}

impl<'a> Signature<'a> {
    /// Takes a value apart, if it has the form.
    pub(super) fn parse(value: &'a str) -> Option<Self> {
        let mut parts = value.strip_prefix("HMAC-SHA256 ")?.split(',').map(str::trim);
        let signature = Self {
            app_id: parts.next()?.strip_prefix("AppId=")?,
            signed_headers: parts.next()?.strip_prefix("SignedHeaders=")?,
            signature: parts.next()?.strip_prefix("Signature=")?,
        };
        let complete =
            [signature.app_id, signature.signed_headers, signature.signature].iter().all(|part| !part.is_empty());
        (complete && parts.next().is_none()).then_some(signature)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_published_value_apart() {
        let value = "HMAC-SHA256 AppId=a378,SignedHeaders=host;x-date;x-user-id,Signature=bd35";
        let expected = Signature { app_id: "a378", signed_headers: "host;x-date;x-user-id", signature: "bd35" };
        assert_eq!(Signature::parse(value), Some(expected));
    }

    #[test]
    fn wants_each_part_once_and_in_order() {
        for value in [
            "HMAC-SHA256 AppId=a,Signature=c,SignedHeaders=b",
            "HMAC-SHA256 AppId=,SignedHeaders=b,Signature=c",
            "HMAC-SHA256 AppId=a,SignedHeaders=b,Signature=c,More=d",
            "SDK-HMAC-SHA256 AppId=a,SignedHeaders=b,Signature=c",
        ] {
            assert_eq!(Signature::parse(value), None, "{value}");
        }
    }
}
