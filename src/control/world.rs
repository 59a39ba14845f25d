//! What clients created: the world of a session.

use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::Value;

use super::{Control, ControlError};
use crate::{
    diagnostic::Source,
    session::Session,
    world::{Listing, Seed, Stage, Store, Wanted, World, written},
};

impl Control<'_> {
    /// The world of a session that exists. `system` is the system's time.
    ///
    /// # Errors
    ///
    /// [`ControlError::NoWorld`] and [`ControlError::NoSession`].
    pub fn world(self, session: &str, system: Timestamp) -> Result<Arc<World>, ControlError> {
        let stage = self.stage()?;
        Ok(store(stage, self.session(session)?.as_ref(), system).now())
    }

    /// The same as the text of a seed that makes it again, with so many bytes of its files at most.
    ///
    /// # Errors
    ///
    /// As [`Self::world`].
    pub fn world_text(self, session: &str, bytes: usize, system: Timestamp) -> Result<String, ControlError> {
        Ok(written(&self.world(session, system)?.dump(bytes)))
    }

    /// Gives a session the world of a seed, YAML or JSON. The session is made if it does not exist.
    ///
    /// # Errors
    ///
    /// [`ControlError::NoWorld`], [`ControlError::NotASessionName`], [`ControlError::WrongSeed`] and [`ControlError::Full`], after which all is as it was.
    pub fn put_world(self, session: &str, text: &str, system: Timestamp) -> Result<(), ControlError> {
        let stage = self.stage()?;
        let seed = Seed::compile(&Source::new("world.yaml", text));
        let seed = seed.map_err(|mistakes| ControlError::WrongSeed(mistakes.into_vec()))?;
        self.in_session(session, |session| {
            store(stage, session, system).replace(stage.of_seed(&seed, session.clock.now(system)))
        })??;
        Ok(())
    }

    /// Gives a session the world back that it began with.
    ///
    /// # Errors
    ///
    /// [`ControlError::NoWorld`] and [`ControlError::NoSession`].
    pub fn reset_world(self, session: &str, system: Timestamp) -> Result<(), ControlError> {
        let stage = self.stage()?;
        let session = self.session(session)?;
        Ok(store(stage, &session, system).replace(stage.open(session.clock.now(system)).now())?)
    }

    /// What is known of the file at a path such as `lin/notes/todo.txt`.
    ///
    /// # Errors
    ///
    /// [`ControlError::NoWorld`], [`ControlError::NoSession`] and [`ControlError::NoFile`].
    pub fn file(self, session: &str, path: &str, system: Timestamp) -> Result<Value, ControlError> {
        self.world(session, system)?.described_at(path).map_err(ControlError::NoFile)
    }

    /// Its bytes.
    ///
    /// # Errors
    ///
    /// As [`Self::file`]; [`ControlError::NoFile`] also where there is a file whose bytes are not there.
    pub fn file_bytes(self, session: &str, path: &str, system: Timestamp) -> Result<Bytes, ControlError> {
        self.world(session, system)?.bytes_at(path).map_err(ControlError::NoFile)
    }

    /// Puts a file at a path, without a call. The session is made if it does not exist.
    ///
    /// # Errors
    ///
    /// [`ControlError::NoWorld`], [`ControlError::NotASessionName`] and [`ControlError::NoPlace`], after which all is as it was.
    pub fn put_file(self, session: &str, path: &str, body: &[u8], system: Timestamp) -> Result<Value, ControlError> {
        let stage = self.stage()?;
        let put = self.in_session(session, |session| {
            let now = session.clock.now(system);
            stage.put_file(store(stage, session, system), path, body, now)
        })?;
        Ok(put?)
    }

    /// A part of the list of a world's spaces.
    ///
    /// # Errors
    ///
    /// [`ControlError::NoWorld`], [`ControlError::NoSession`] and [`ControlError::NoSuchPart`].
    pub fn spaces(self, session: &str, wanted: Wanted<'_>, system: Timestamp) -> Result<Listing, ControlError> {
        self.world(session, system)?.browse_spaces(wanted).map_err(ControlError::NoSuchPart)
    }

    /// A part of what is in a folder, or in the root of a space, by its id.
    ///
    /// # Errors
    ///
    /// [`ControlError::NoWorld`], [`ControlError::NoSession`] and [`ControlError::NotInWorld`].
    pub fn folder(
        self,
        session: &str,
        id: &str,
        wanted: Wanted<'_>,
        system: Timestamp,
    ) -> Result<Listing, ControlError> {
        let listing = self.world(session, system)?.browse_folder(id, wanted);
        listing.ok_or_else(|| ControlError::NotInWorld { what: "folder", id: id.to_owned() })
    }

    /// A part of what is in the recycle bin of a space.
    ///
    /// # Errors
    ///
    /// [`ControlError::NoWorld`], [`ControlError::NoSession`], [`ControlError::NotInWorld`] and [`ControlError::NoSuchPart`].
    pub fn bin(
        self,
        session: &str,
        space: &str,
        wanted: Wanted<'_>,
        system: Timestamp,
    ) -> Result<Listing, ControlError> {
        let listing = self.world(session, system)?.browse_bin(space, wanted).map_err(ControlError::NoSuchPart)?;
        listing.ok_or_else(|| ControlError::NotInWorld { what: "space", id: space.to_owned() })
    }

    /// A part of the list of a world's shares.
    ///
    /// # Errors
    ///
    /// As [`Self::spaces`].
    pub fn shares(self, session: &str, wanted: Wanted<'_>, system: Timestamp) -> Result<Listing, ControlError> {
        let now = self.session(session)?.clock.now(system);
        self.world(session, system)?.browse_shares(wanted, now).map_err(ControlError::NoSuchPart)
    }

    fn stage(&self) -> Result<&Stage, ControlError> {
        self.mock.stage().ok_or(ControlError::NoWorld)
    }
}

/// Where a session keeps its world, which is opened if no call has come to it yet.
fn store<'s>(stage: &Stage, session: &'s Session, system: Timestamp) -> &'s Store {
    session.world.get_or_init(|| stage.open(session.clock.now(system)))
}
