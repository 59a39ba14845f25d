//! Which names have secrets for values.

/// How names end whose values are secrets in any service. Letter case, `-` and `_` do not count, nor does a plural.
const ENDINGS: [&[u8]; 17] = [
    b"accesskey",
    b"apikey",
    b"auth",
    b"authorization",
    b"cookie",
    b"credential",
    b"jwt",
    b"passphrase",
    b"passwd",
    b"password",
    b"privatekey",
    b"pwd",
    b"secret",
    b"secretkey",
    b"sessionid",
    b"signature",
    b"token",
];

/// Names that end like that and are no secrets: where a list goes on.
const PLACES: [&[u8]; 4] = [b"pagetoken", b"nexttoken", b"continuationtoken", b"synctoken"];

/// Whether the values of a name are secrets in any service.
pub(in crate::contract) fn is_secret(name: &[u8]) -> bool {
    let name = name.strip_suffix(b"s").or_else(|| name.strip_suffix(b"S")).unwrap_or(name);
    // Most names are told apart by their last letter.
    let last = letters(name).next();
    let mut endings = ENDINGS.iter().filter(|ending| ending.last().copied() == last);
    endings.any(|ending| ends_with(name, ending)) && !PLACES.iter().any(|place| ends_with(name, place))
}

/// Whether two names are the same to a person.
pub(in crate::contract) fn are_alike(name: &[u8], other: &[u8]) -> bool {
    letters(name).next() == letters(other).next() && letters(name).eq(letters(other))
}

fn ends_with(name: &[u8], ending: &[u8]) -> bool {
    let mut name = letters(name);
    ending.iter().rev().all(|letter| name.next() == Some(*letter))
}

/// The letters of a name that count, from its end.
fn letters(name: &[u8]) -> impl Iterator<Item = u8> {
    name.iter().rev().filter(|letter| !matches!(letter, b'-' | b'_')).map(u8::to_ascii_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_like_a_secret_is_one_however_it_is_spelt() {
        let secret = "Proxy-Authorization Cookie Set-Cookie X-Auth-Token X-Api-Key api_key APIKEY clientSecret sessionId \
                      X-Amz-Security-Token user_password passwords X-Auth";
        assert!(secret.split_whitespace().all(|name| is_secret(name.as_bytes())));
        let open = "page_token nextPageToken page_token_key author keyWord proofCode signedHeaders tokens_used s -";
        assert!(!open.split_whitespace().any(|name| is_secret(name.as_bytes())));
    }
}
