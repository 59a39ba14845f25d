//! The codes of the catalogue that the world refuses with, without their leading 13000.

/// Parameters that do not go together, or that the world does not allow.
pub(super) const INVALID: u16 = 102;
/// No such space.
pub(super) const NO_SPACE: u16 = 301;
/// A folder of another space.
pub(super) const OTHER_SPACE: u16 = 302;
/// Not in the recycle bin.
pub(super) const NOT_RECYCLED: u16 = 303;
/// No folder, or one that is gone.
pub(super) const NO_FOLDER: u16 = 304;
/// A folder in the recycle bin.
pub(super) const FOLDER_RECYCLED: u16 = 305;
/// A file in the recycle bin.
pub(super) const RECYCLED: u16 = 306;
/// Moved into its own descendant.
pub(super) const INTO_ITSELF: u16 = 307;
/// Nothing with this id.
pub(super) const NOT_FOUND: u16 = 309;
/// Too deep.
pub(super) const TOO_DEEP: u16 = 310;
/// No quota is left.
pub(super) const NO_QUOTA: u16 = 311;
/// There already.
pub(super) const THERE_ALREADY: u16 = 312;
/// No such upload.
pub(super) const NO_UPLOAD: u16 = 401;
/// An upload that lacks something, or is not what was announced.
pub(super) const INCOMPLETE: u16 = 402;
/// The folder of an upload is in the recycle bin.
pub(super) const UPLOAD_RECYCLED: u16 = 404;
/// The name is taken.
pub(super) const NAME_TAKEN: u16 = 405;
/// A folder, where a file is wanted.
pub(super) const IS_FOLDER: u16 = 406;
/// Nothing to download.
pub(super) const NO_BYTES: u16 = 407;
/// No right to do that.
pub(super) const FORBIDDEN: u16 = 410;
/// A file of another space.
pub(super) const NOT_IN_SPACE: u16 = 411;
/// A space that is disabled.
pub(super) const DISABLED: u16 = 412;
