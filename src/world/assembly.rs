//! From parts to a file: whether they are all there, fit each other, and have the digest that was announced.

use super::{
    codes::INCOMPLETE,
    content::{Content, Sha256},
    outcome::Trouble,
    uploads::{Part, Upload},
};
use crate::content::{Chain, Kept, Received, hex};

/// A file of its parts, and what could not be checked about it.
pub(super) struct Assembled {
    pub(super) content: Content,
    pub(super) warning: Option<String>,
}

impl Upload {
    /// The file, if everything of it is there and as it was announced. `sha256` is what the client says at the end.
    pub(super) fn assemble(&self, sha256: Option<Sha256>) -> Result<Assembled, Trouble> {
        self.has_all()?;
        let digest = self.digest()?;
        for (wanted, when) in [(sha256, "CompleteFile"), (self.sha256, "CreateFile")] {
            if let (Some(wanted), Some(digest)) = (wanted, digest)
                && wanted != digest
            {
                return Err(incomplete(format!(
                    "the file has the SHA-256 {}, and {when} says {}",
                    hex(&digest),
                    hex(&wanted)
                )));
            }
        }
        let is_wanted = sha256.or(self.sha256).is_some();
        let warning = (digest.is_none() && is_wanted).then(|| {
            "the SHA-256 was not checked: a part without hashCtx came before the one in front of it, and there was no room to keep it \
             (--world-bytes)"
                .to_owned()
        });
        let parts: Vec<_> = self.received().map(|(_, _, received)| received.bytes.as_ref()).collect();
        let bytes = parts.into_iter().collect::<Option<Vec<&Kept>>>().and_then(|parts| Kept::joined(&parts));
        Ok(Assembled { content: Content::new(self.key.clone(), self.node.size, digest, bytes), warning })
    }

    fn received(&self) -> impl Iterator<Item = (i64, &Part, &Received)> {
        self.parts.iter().filter_map(|(number, part)| Some((*number, part, part.received.as_ref()?)))
    }

    /// Whether the parts are 1 to n, came in, and stand one behind the other up to the announced length.
    fn has_all(&self) -> Result<(), Trouble> {
        let mut end = 0_i64;
        for ((number, part), expected) in self.parts.iter().zip(1..) {
            if *number != expected {
                return Err(incomplete(format!("part {expected} was never announced")));
            }
            if part.received.is_none() {
                return Err(incomplete(format!("part {number} was not uploaded")));
            }
            if let Some(offset) = part.offset.filter(|offset| *offset != end) {
                return Err(incomplete(format!(
                    "part {number} begins at {offset}, and the one before it ends at {end}"
                )));
            }
            end = end.saturating_add(part.size);
        }
        if end != self.node.size {
            let (count, size) = (self.parts.len(), self.node.size);
            return Err(incomplete(format!("the {count} parts have {end} bytes, and CreateFile announced {size}")));
        }
        Ok(())
    }

    /// The digest of the whole, if it is known.
    fn digest(&self) -> Result<Option<Sha256>, Trouble> {
        let mut chain = Some(Chain::default());
        for (number, part, received) in self.received() {
            if let (Some(before), Some(chain)) = (part.before, &chain)
                && chain.state() != Some(before)
            {
                return Err(incomplete(format!(
                    "hashCtx of part {number} is not the state after what comes before it"
                )));
            }
            chain = match (chain, &received.hashed, received.kept()) {
                (Some(chain), Some((before, after)), _) if *before == chain => Some(after.clone()),
                // It came before the part in front of it, or that one came anew.
                (Some(mut chain), _, Some(bytes)) => {
                    chain.update(bytes);
                    Some(chain)
                }
                _ => None,
            };
        }
        Ok(chain.map(|chain| chain.digest()))
    }
}

fn incomplete(reason: String) -> Trouble {
    Trouble::new(INCOMPLETE, reason)
}
