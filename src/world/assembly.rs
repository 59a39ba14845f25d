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
        let bytes = parts.into_iter().collect::<Option<Vec<&Kept>>>().map(|parts| Kept::joined(&parts));
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;
    use crate::{
        content::{Intake, Room},
        world::{content::digest, drive::Node, ids::Id},
    };

    fn upload(sizes: &[usize]) -> Upload {
        let sizes_of = |size: &usize| i64::try_from(*size).unwrap();
        let node = Node {
            id: "F".into(),
            space: "S".into(),
            parent: "R".into(),
            name: "a".into(),
            file_type: "45".into(),
            mime: None,
            size: sizes.iter().map(sizes_of).sum(),
            content: None,
            created: Timestamp::UNIX_EPOCH,
            edited: Timestamp::UNIX_EPOCH,
            description: None,
            hidden: false,
            owner: Id::NONE,
            editor: Id::NONE,
            recycled: None,
            made: 1,
        };
        let part = |size: &usize| Part { size: sizes_of(size), offset: None, before: None, received: None };
        let parts = (1..).zip(sizes.iter().map(part)).collect();
        let key = Arc::from("k");
        Upload { id: "U".into(), node, key, sha256: None, parts, until: Timestamp::MAX }
    }

    /// A part comes in, hashed on from the one before it if that is there.
    fn receive(upload: &mut Upload, number: i64, bytes: &[u8], room: &Arc<Room>) {
        let before = match number {
            1 => Some(Chain::default()),
            _ => {
                let part = &upload.parts[&(number - 1)];
                part.received.as_ref().and_then(|received| received.hashed.clone()).map(|(_, after)| after)
            }
        };
        let mut intake = Intake::new(u64::MAX, before, Some(room));
        assert!(intake.add(bytes));
        upload.parts[&number].received = Some(intake.finish());
    }

    proptest! {
        #[test]
        fn whatever_the_order_the_digest_is_that_of_the_whole_or_unknown(
            sizes in prop::collection::vec(0_usize..200, 1..6),
            order in prop::collection::vec(0_usize..6, 0..12),
            room in prop_oneof![Just(0_usize), 0_usize..600, Just(10_000)],
        ) {
            let room = Room::new(room);
            let mut upload = upload(&sizes);
            let bytes: Vec<Vec<u8>> = sizes.iter().enumerate().map(|(index, size)| vec![index as u8 + 1; *size]).collect();
            // First in any order, and with other bytes; then each as it should be.
            for index in order.iter().map(|index| index % sizes.len()) {
                receive(&mut upload, index as i64 + 1, &vec![9; sizes[index]], &room);
            }
            for index in (0..sizes.len()).rev() {
                receive(&mut upload, index as i64 + 1, &bytes[index], &room);
            }
            let whole = bytes.concat();
            let assembled = upload.assemble(None).unwrap();
            prop_assert!(assembled.content.sha256.is_none_or(|found| found == digest(&whole)));
            if let Some(kept) = &assembled.content.bytes {
                prop_assert_eq!(&kept.bytes()[..], &whole[..]);
                prop_assert_eq!(assembled.content.sha256, Some(digest(&whole)));
            }
            prop_assert!(upload.assemble(Some([7; 32])).is_err() || assembled.content.sha256.is_none());
        }
    }

    #[test]
    fn what_is_missing_is_told_by_its_part() {
        let room = Room::new(1000);
        let reason = |upload: &Upload| upload.assemble(None).err().unwrap().reason;
        let mut two = upload(&[3, 4]);
        receive(&mut two, 1, b"abc", &room);
        assert_eq!(reason(&two), "part 2 was not uploaded");
        receive(&mut two, 2, b"defg", &room);
        assert!(two.assemble(None).is_ok());
        two.parts[&2].offset = Some(4);
        assert_eq!(reason(&two), "part 2 begins at 4, and the one before it ends at 3");
        two.node.size = 8;
        two.parts[&2].offset = None;
        assert_eq!(reason(&two), "the 2 parts have 7 bytes, and CreateFile announced 8");
        two.parts.remove(&1);
        assert_eq!(reason(&two), "part 1 was never announced");
    }
}
