//! What a member of a space may do there.

use super::{call::Values, ids::Id};

/// The vendor's names of the capabilities, by bit.
const CAPABILITIES: [(&str, Capability); 11] = [
    ("listChildNodePermission", Capability::List),
    ("viewPermission", Capability::View),
    ("downloadPermission", Capability::Download),
    ("uploadPermission", Capability::Upload),
    ("addChildNodePermission", Capability::AddChild),
    ("renameFilePermission", Capability::Rename),
    ("copyPermission", Capability::Copy),
    ("removeChildNodePermission", Capability::RemoveChild),
    ("shareFilePermission", Capability::Share),
    ("deletePermission", Capability::Delete),
    ("editPermission", Capability::Edit),
];

/// One thing that a member may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Capability {
    List,
    View,
    Download,
    Upload,
    AddChild,
    Rename,
    Copy,
    RemoveChild,
    Share,
    Delete,
    Edit,
}

/// Some capabilities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Rights(u16);

impl Rights {
    /// Everything.
    pub(super) const ALL: Self = Self((1 << CAPABILITIES.len()) - 1);

    /// The first so many of the list: the presets are such beginnings.
    const fn first(count: u32) -> Self {
        Self((1 << count) - 1)
    }

    pub(super) fn has(self, capability: Capability) -> bool {
        self.0 & 1 << capability as u16 != 0
    }

    /// The vendor's names of them.
    pub(super) fn names(self) -> impl Iterator<Item = &'static str> {
        CAPABILITIES.iter().filter(move |(_, capability)| self.has(*capability)).map(|(name, _)| *name)
    }

    /// The right of a name.
    pub(super) fn named(name: &str) -> Option<Self> {
        let (_, capability) = CAPABILITIES.iter().find(|(known, _)| *known == name)?;
        Some(Self(1 << *capability as u16))
    }

    /// These and those.
    pub(super) fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What a call names under `capabilities`.
    pub(super) fn read(values: Values<'_>) -> Self {
        let named = CAPABILITIES.iter().filter(|(name, _)| values.flag(name).unwrap_or(false));
        Self(named.fold(0, |bits, (_, capability)| bits | 1 << *capability as u16))
    }
}

/// Rights that were given: those of a template, whatever they are then, or some of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Grant {
    Preset(Preset),
    Own(Rights),
}

/// The templates that every enterprise has. Which rights they have is published nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Preset {
    View,
    Download,
    Upload,
    Edit,
    Manage,
}

impl Preset {
    pub(super) const ALL: [Self; 5] = [Self::View, Self::Download, Self::Upload, Self::Edit, Self::Manage];

    /// What a seed calls it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Download => "download",
            Self::Upload => "upload",
            Self::Edit => "edit",
            Self::Manage => "manage",
        }
    }

    pub(super) fn id(self) -> Id {
        Id::of_seed("template", self.name())
    }

    pub(super) fn rights(self) -> Rights {
        match self {
            Self::View => Rights::first(2),
            Self::Download => Rights::first(3),
            Self::Upload => Rights::first(5),
            Self::Edit => Rights::first(9),
            Self::Manage => Rights::ALL,
        }
    }
}

impl Grant {
    /// What somebody may do who was given nothing.
    pub(super) const DEFAULT: Self = Self::Preset(Preset::Download);

    pub(super) fn rights(self) -> Rights {
        match self {
            Self::Preset(preset) => preset.rights(),
            Self::Own(rights) => rights,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_preset_may_more_than_the_one_before_it() {
        for pair in Preset::ALL.windows(2) {
            let [less, more] = [pair[0].rights().0, pair[1].rights().0];
            assert!(less & more == less && less != more);
        }
        assert!(
            Preset::Download.rights().has(Capability::Download) && !Preset::Download.rights().has(Capability::Upload)
        );
        assert!(Preset::Edit.rights().has(Capability::Share) && !Preset::Edit.rights().has(Capability::Delete));
    }
}
