//! Whether the head of an HTTP/1 request is there as a whole.

/// A longer head is not waited for, so that what is read again with each byte of it stays small.
const LONGEST: usize = 4 << 10;

/// Header lines that are looked at.
const LINES: usize = 64;

/// Whether this is the beginning of a head, and sound so far. Not of a long one.
pub(super) fn is_partial(bytes: &[u8]) -> bool {
    if bytes.len() >= LONGEST || bytes.ends_with(b"\r\n\r\n") {
        return false;
    }
    let mut lines = [const { std::mem::MaybeUninit::uninit() }; LINES];
    let mut request = httparse::Request::new(&mut []);
    request.parse_with_uninit_headers(bytes, &mut lines).is_ok_and(|status| status.is_partial())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "POST /koodrive/ose/v1/share?a=b HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\n\r\n";

    #[test]
    fn a_head_is_partial_up_to_its_last_byte_however_its_lines_end() {
        for head in [HEAD.to_owned(), HEAD.replace("\r\n", "\n")] {
            for end in 0..head.len() {
                assert!(is_partial(&head.as_bytes()[..end]), "{end}");
            }
            for body in ["", "{", "{}", "{}GET"] {
                assert!(!is_partial(format!("{head}{body}").as_bytes()));
            }
        }
    }

    #[test]
    fn what_is_refused_anyway_is_not_waited_for() {
        let many = format!("GET / HTTP/1.1\r\n{}", "a: b\r\n".repeat(LINES + 1));
        let long = format!("GET /{}", "a".repeat(LONGEST));
        for bytes in ["\x16\x03\x01", "GET / HTTP/3", "GET\0", &many, &long] {
            assert!(!is_partial(bytes.as_bytes()), "{bytes:?}");
        }
    }
}
