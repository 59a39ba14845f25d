//! All schemes, one per line.

use serde::{Deserialize, Deserializer, de::Error};

use super::{bearer, gokuai, koodrive, presigned, scheme::Scheme};

/// Every scheme that an operation can accept. Credentials are listed in this order.
pub static SCHEMES: [&Scheme; 4] = [&koodrive::SCHEME, &bearer::SCHEME, &gokuai::SCHEME, &presigned::SCHEME];

/// Deserialises a list of schemes by their words.
pub(in crate::contract) fn by_words<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<&'static Scheme>, D::Error> {
    let words = Vec::<String>::deserialize(from)?;
    let named = |word: &String| SCHEMES.into_iter().find(|scheme| scheme.word == word);
    words.iter().map(|word| named(word).ok_or_else(|| D::Error::custom(format!("unknown scheme `{word}`")))).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::{
        contract::auth::scheme::{Mechanism, Part},
        embedded,
    };

    #[test]
    fn the_schema_of_spec_files_lists_all_schemes() {
        let schema: Value = serde_json::from_str(embedded::schema("operation.schema.json").unwrap()).unwrap();
        let mut listed: Vec<&str> = schema["properties"]["authentication"]["items"]["enum"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(Value::as_str)
            .collect();
        let mut words = SCHEMES.map(|scheme| scheme.word);
        listed.sort_unstable();
        words.sort_unstable();
        assert_eq!(listed, words);
    }

    #[test]
    fn the_place_of_a_credential_is_where_its_scheme_reads_it() {
        for scheme in SCHEMES {
            let part = match scheme.mechanism {
                Mechanism::Token { .. } | Mechanism::Signature { .. } => "/headers/Authorization",
                Mechanism::Parameters { part: Part::Query, .. } => "/query/",
                Mechanism::Parameters { part: Part::Params, .. } => "/params/",
            };
            assert!(scheme.place.starts_with(part), "{scheme:?}");
            assert!(scheme.asks.contains(&scheme.place), "{scheme:?}");
        }
    }

    #[test]
    fn an_unknown_word_is_a_mistake() {
        let read =
            |text: &str| by_words(&mut serde_json::Deserializer::from_str(text)).map_err(|error| error.to_string());
        assert_eq!(read(r#"["app", "bearer"]"#).unwrap().len(), 2);
        assert!(read(r#"["app", "basic"]"#).unwrap_err().contains("unknown scheme `basic`"));
    }
}
