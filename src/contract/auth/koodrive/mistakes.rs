//! Canonical requests with a mistake in them, as a client would write them that misread one rule.

use super::{
    canonical::{Parts, encode, encoded, hash, pairs, query, segments, sorted},
    case::{Case, without_slash},
    reserialised::other_texts,
};

/// Longer bodies are unlikely to be part of a canonical request.
const LONGEST_IN_PLACE: usize = 64 << 10;

/// Longer lists of headers are not tried in every order.
const MOST_ORDERED: usize = 4;

/// A common mistake of clients.
pub(super) struct Mistake {
    /// The canonical requests that result from it.
    pub(super) texts: fn(&Case<'_>) -> Vec<String>,
    /// What the client did and how to fix it.
    pub(super) hint: &'static str,
}

/// The most likely ones first.
pub(super) static MISTAKES: [Mistake; 29] = [
    Mistake {
        texts: |case| {
            let without = case.with_host(|host| host.rsplit_once(':').map(|(name, _)| name.to_owned()));
            without.into_iter().collect()
        },
        hint: "`host` was signed without its port; sign the `Host` header as it is sent",
    },
    Mistake {
        texts: |case| {
            let with = |port: &str| case.with_host(|host| Some(format!("{host}:{port}")));
            ["80", "443"].into_iter().filter_map(with).collect()
        },
        hint: "`host` was signed with a port that the `Host` header does not have; sign the header as it is sent",
    },
    Mistake {
        texts: |case| {
            let hosts = case.hosts.iter().flat_map(|host| [host.clone(), format!("{host}:443")]);
            hosts.filter_map(|host| case.with_host(|_| Some(host.clone()))).collect()
        },
        hint: "the vendor's `host` was signed, but the call has another `Host` header; sign the header as it is sent, or send the \
               vendor's host in it",
    },
    Mistake {
        texts: |case| vec![case.with_path(without_slash(&case.right.path).to_owned())],
        hint: "the path was signed without a `/` at its end; append one for the signature, and send the path without it",
    },
    Mistake {
        texts: |case| {
            let (path, ends) = (&case.right.path, case.inner_slashes());
            let parts = ends.iter().flat_map(|end| [&path[*end..], &path[..=*end]]);
            parts.flat_map(|part| [part, without_slash(part)]).map(|part| case.with_path(part.to_owned())).collect()
        },
        hint: "only a part of the path was signed; sign all of it, from the first `/` after the host, including the prefix of \
               the base URL",
    },
    Mistake {
        texts: |case| {
            let path = &case.right.path;
            let twice = case.inner_slashes().into_iter().map(|end| format!("{}{path}", &path[..end]));
            twice.map(|path| case.with_path(path)).collect()
        },
        hint: "a part of the path was signed twice, as when it is joined to a base URL that already contains it; sign the path \
               that is sent",
    },
    Mistake {
        texts: |case| {
            let path = &case.right.path;
            let host = case.request.header("host").unwrap_or_default();
            let query = case.request.query.unwrap_or_default();
            let urls = ["http", "https"].map(|scheme| format!("{scheme}://{host}{path}"));
            let mut texts: Vec<_> = urls.iter().flat_map(|url| [url, without_slash(url)]).map(str::to_owned).collect();
            texts.extend([path, without_slash(path)].map(|path| format!("{path}?{query}")));
            texts.into_iter().map(|text| case.with_path(text)).collect()
        },
        hint: "the whole URL was signed as the path, or the path with its query; sign only what is between the host and the `?`",
    },
    Mistake {
        texts: |case| case.with_other_dates(),
        hint: "the `X-Date` that was signed is some seconds off the one that was sent; read the clock once",
    },
    Mistake {
        texts: |case| case.with_generic_dates(),
        hint: "the date of `X-Sdk-Date` was signed in place of the one of `X-Date`; send one date, `X-Date`, and sign that",
    },
    Mistake {
        texts: |case| {
            let unsigned = ["UNSIGNED-PAYLOAD".to_owned(), hash(b"UNSIGNED-PAYLOAD")];
            unsigned.map(|text| case.with(|parts| parts.payload_hash = text)).to_vec()
        },
        hint: "`UNSIGNED-PAYLOAD` was signed in place of the body's hash; this scheme signs every body, with its SHA-256 in hex",
    },
    Mistake {
        texts: |case| vec![case.with(|parts| parts.payload_hash = hash(b""))],
        hint: "the hash of an empty body was signed, but the call has a body; hash the bytes that are sent",
    },
    Mistake {
        texts: |case| {
            let texts = other_texts(case.request.body);
            texts.iter().map(|text| case.with(|parts| parts.payload_hash = hash(text.as_bytes()))).collect()
        },
        hint: "the JSON that was signed is not the JSON that was sent: spaces, escapes or key order differ; serialise the body \
               once, and sign and send the same bytes",
    },
    Mistake {
        texts: |case| {
            let body = text(case.request.body.get(..LONGEST_IN_PLACE).unwrap_or(case.request.body));
            let nothing = case.with(|parts| parts.payload_hash.clear());
            vec![nothing, case.with(|parts| parts.payload_hash = body)]
        },
        hint: "the last line of the canonical request was not the hash of the body; end with SHA-256 of the body in hex",
    },
    Mistake {
        texts: |case| vec![case.with(|parts| parts.payload_hash.make_ascii_uppercase())],
        hint: "the body's hash was signed in upper-case hex; write it in lower case",
    },
    Mistake {
        texts: |case| vec![case.with_query(case.right.query.replace("%20", "+"))],
        hint: "a space in the query was signed as `+`; write it as `%20`",
    },
    Mistake {
        texts: |case| vec![case.with_path(case.right.path.replace("%20", "+"))],
        hint: "a space in the path was signed as `+`; write it as `%20`",
    },
    Mistake {
        texts: |case| {
            let literal = case.request.query.unwrap_or_default().replace('+', "%2B");
            vec![case.with_query(query(&sorted(pairs(&literal))))]
        },
        hint: "a bare `+`, which means a space, was sent in the query, but `%2B` was signed; send it as `%2B` too",
    },
    Mistake {
        texts: |case| {
            let sent = case.request.query.unwrap_or_default().to_owned();
            vec![case.with_query(query(&encoded(case.pairs()))), case.with_query(sent)]
        },
        hint: "the query was signed as it was sent; sort its parameters by name, encode names and values, and write `name=` for \
               an empty one",
    },
    Mistake {
        texts: |case| {
            let pairs = sorted(case.pairs());
            let bare = pairs.iter().map(|(name, value)| match value.as_str() {
                "" => name.clone(),
                value => format!("{name}={value}"),
            });
            let bare = bare.collect::<Vec<_>>().join("&");
            let full: Vec<_> = pairs.into_iter().filter(|(_, value)| !value.is_empty()).collect();
            vec![case.with_query(bare), case.with_query(query(&full))]
        },
        hint: "a query parameter with an empty value was left out or lost its `=`; sign it as `name=`",
    },
    Mistake {
        texts: |case| {
            let mut pairs: Vec<_> = case.pairs().into_iter().map(|(name, value)| (text(&name), text(&value))).collect();
            let sent = query(&pairs);
            pairs.sort_unstable();
            vec![case.with_query(query(&pairs)), case.with_query(sent)]
        },
        hint: "the query was signed without percent-encoding; encode names and values",
    },
    Mistake {
        texts: |case| vec![case.with_query(String::new())],
        hint: "the query was not signed; its sorted parameters are the third line of the canonical request",
    },
    Mistake {
        texts: |case| {
            let mut path = String::from("/");
            for segment in segments(case.request.path) {
                path.push_str(&text(&segment));
                path.push('/');
            }
            vec![case.with_path(without_slash(&path).to_owned()), case.with_path(path)]
        },
        hint: "the path was signed without percent-encoding; encode each segment",
    },
    Mistake {
        texts: |case| {
            let twice = |text: &str, kept: char| -> String {
                text.split(kept).map(|part| encode(part.as_bytes())).collect::<Vec<_>>().join(&kept.to_string())
            };
            let path = twice(&case.right.path, '/');
            let again = |(name, value): &(String, String)| (encode(name.as_bytes()), encode(value.as_bytes()));
            let pairs: Vec<_> = sorted(case.pairs()).iter().map(again).collect();
            let both = case.with(|parts| (parts.path, parts.query) = (path.clone(), query(&pairs)));
            vec![case.with_path(path.clone()), case.with_query(query(&pairs)), both]
        },
        hint: "path or query was percent-encoded twice for the signature; encode once",
    },
    Mistake {
        texts: |case| {
            let (path, query) = (lower_escapes(&case.right.path), lower_escapes(&case.right.query));
            let both = case.with(|parts| (parts.path, parts.query) = (path.clone(), query.clone()));
            vec![case.with_path(path), case.with_query(query), both]
        },
        hint: "percent escapes were signed with lower-case hex digits; write them in upper case",
    },
    Mistake {
        texts: |case| {
            let mut texts = Vec::new();
            for order in orders(&case.right.headers) {
                let names = order.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(";");
                for list in [names, case.listed.join(";"), case.right.signed_headers.clone()] {
                    texts.push(case.with(|parts| {
                        parts.headers.clone_from(&order);
                        parts.signed_headers = list;
                    }));
                }
            }
            texts
        },
        hint: "the signed headers were not in order; sort them by lower-case name, in the lines and in the list",
    },
    Mistake {
        texts: |case| {
            let lines =
                |parts: &mut Parts| parts.headers.iter_mut().for_each(|header| header.0 = title_case(&header.0));
            let list = |parts: &mut Parts| parts.signed_headers = title_case(&parts.signed_headers);
            let both = case.with(|parts| {
                lines(parts);
                list(parts);
            });
            vec![case.with(lines), case.with(list), both]
        },
        hint: "names of signed headers kept their capital letters; write them in lower case",
    },
    Mistake {
        texts: |case| vec![case.with(|parts| parts.headers.iter_mut().for_each(|header| header.1.insert(0, ' ')))],
        hint: "the signed headers have a space after the colon; write `name:value`",
    },
    Mistake {
        texts: |case| {
            let list = format!("\n{}\n", case.right.signed_headers);
            let right = case.right.text();
            vec![right.replacen(&format!("\n{list}"), &list, 1), format!("{right}\n")]
        },
        hint: "the lines of the canonical request were joined wrongly; there is an empty line before the list of signed headers, \
               and nothing after the body's hash",
    },
    Mistake {
        texts: |case| vec![case.with(|parts| parts.method.make_ascii_lowercase())],
        hint: "the method was signed in lower case; write it in upper case",
    },
];

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The letters of each `%XY` in lower case.
fn lower_escapes(encoded: &str) -> String {
    let mut parts = encoded.split('%');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (escape, rest) = part.split_at_checked(2).unwrap_or((part, ""));
        text.extend(["%", &escape.to_ascii_lowercase(), rest]);
    }
    text
}

/// `x-user-id` as `X-User-Id`; the same for each name of a list.
fn title_case(names: &str) -> String {
    let mut start = true;
    names
        .chars()
        .map(|character| {
            let cased = if start { character.to_ascii_uppercase() } else { character };
            start = matches!(character, '-' | ';');
            cased
        })
        .collect()
}

/// The headers in every order.
fn orders(headers: &[(String, String)]) -> Vec<Vec<(String, String)>> {
    if headers.len() > MOST_ORDERED {
        return Vec::new();
    }
    let mut orders = vec![Vec::new()];
    for header in headers {
        let insert = |order: Vec<_>| {
            (0..=order.len()).map(move |place| {
                let mut longer = order.clone();
                longer.insert(place, header.clone());
                longer
            })
        };
        orders = orders.into_iter().flat_map(insert).collect();
    }
    orders
}
