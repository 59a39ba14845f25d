//! What is in a folder: by name, and in the orders that lists want.

use std::{
    ops::Bound,
    sync::{Arc, OnceLock},
};

use imbl::{OrdMap, OrdSet};

use super::{Key, Node};
use crate::world::Made;

/// The orders of lists, by the vendor's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::world) enum Order {
    Name = 1,
    Size = 2,
    Created = 3,
    Modified = 4,
    Recycled = 5,
    Type = 6,
}

impl Order {
    /// All but that by name.
    const OTHERS: [Self; 5] = [Self::Size, Self::Created, Self::Modified, Self::Recycled, Self::Type];

    pub(in crate::world) fn of(number: i64) -> Option<Self> {
        Self::OTHERS.into_iter().chain([Self::Name]).find(|order| *order as i64 == number)
    }

    /// A key as a cursor carries it.
    pub(in crate::world) fn bytes(self, key: &SortKey) -> Vec<u8> {
        match key {
            SortKey::Number(number) => number.to_be_bytes().to_vec(),
            SortKey::Text(text) => text.as_bytes().to_vec(),
        }
    }

    /// The key that a cursor carries.
    pub(in crate::world) fn read(self, bytes: &[u8]) -> Option<SortKey> {
        match self {
            Self::Name | Self::Type => Some(SortKey::Text(std::str::from_utf8(bytes).ok()?.into())),
            _ => Some(SortKey::Number(i64::from_be_bytes(bytes.try_into().ok()?))),
        }
    }

    /// Where a node stands in it.
    pub(in crate::world) fn key(self, node: &Node) -> SortKey {
        match self {
            Self::Name => SortKey::Text(Arc::clone(&node.name)),
            Self::Size => SortKey::Number(node.size),
            Self::Created => SortKey::Number(node.created.as_microsecond()),
            Self::Modified => SortKey::Number(node.edited.as_microsecond()),
            Self::Recycled => SortKey::Number(node.recycled.map_or(0, |recycled| recycled.at.as_microsecond())),
            Self::Type => SortKey::Text(Arc::clone(&node.file_type)),
        }
    }
}

/// A place in an order; equals go by their making.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::world) enum SortKey {
    Number(i64),
    Text(Arc<str>),
}

/// An entry of an order.
pub(in crate::world) type Place = (SortKey, Made, Key);

/// A list of nodes in an order.
#[derive(Clone, Copy)]
pub(in crate::world) enum Places<'p> {
    /// By name, and no two have the same.
    Named(&'p OrdMap<Arc<str>, Key>),
    Placed(&'p OrdSet<Place>),
}

impl<'p> Places<'p> {
    /// The ids of what comes behind an entry, one way round or the other; of all without one.
    pub(in crate::world) fn behind(
        self,
        last: Option<(SortKey, Made)>,
        descending: bool,
    ) -> Box<dyn Iterator<Item = &'p Key> + 'p> {
        let id = |(_, _, id): &'p Place| id;
        match (self, last, descending) {
            (Self::Placed(places), None, false) => Box::new(places.iter().map(id)),
            (Self::Placed(places), None, true) => Box::new(places.iter().rev().map(id)),
            (Self::Placed(places), Some((key, made)), false) => {
                Box::new(places.range((key, made.saturating_add(1), Key::from(""))..).map(id))
            }
            (Self::Placed(places), Some((key, made)), true) => {
                Box::new(places.range(..(key, made, Key::from(""))).rev().map(id))
            }
            (Self::Named(names), Some((SortKey::Text(name), _)), false) => {
                Box::new(names.range((Bound::Excluded(name), Bound::Unbounded)).map(|(_, id)| id))
            }
            (Self::Named(names), Some((SortKey::Text(name), _)), true) => {
                Box::new(names.range(..name).rev().map(|(_, id)| id))
            }
            (Self::Named(names), _, false) => Box::new(names.values()),
            (Self::Named(names), _, true) => Box::new(names.iter().rev().map(|(_, id)| id)),
        }
    }
}

/// The nodes directly below a folder that are not recycled themselves.
#[derive(Debug, Clone, Default)]
pub(in crate::world) struct Folder {
    names: OrdMap<Arc<str>, Key>,
    /// The others. Each is made when somebody first asks for it, and kept up from then on.
    orders: [OnceLock<OrdSet<Place>>; 5],
}

impl Folder {
    /// The node with this name.
    pub(in crate::world) fn named(&self, name: &str) -> Option<&Key> {
        self.names.get(name)
    }

    pub(in crate::world) fn children(&self) -> impl Iterator<Item = &Key> {
        self.names.values()
    }

    /// Those whose names come behind one; all without one.
    pub(in crate::world) fn after(&self, name: Option<&str>) -> impl Iterator<Item = &Key> {
        let from = name.map_or(Bound::Unbounded, Bound::Excluded);
        self.names.range::<_, str>((from, Bound::Unbounded)).map(|(_, id)| id)
    }

    pub(in crate::world) fn count(&self) -> usize {
        self.names.len()
    }

    pub(super) fn add(&mut self, node: &Node) {
        self.names.insert(Arc::clone(&node.name), Arc::clone(&node.id));
        self.in_orders(node, |order, place| {
            order.insert(place);
        });
    }

    pub(super) fn remove(&mut self, node: &Node) {
        self.names.remove(&*node.name);
        self.in_orders(node, |order, place| {
            order.remove(&place);
        });
    }

    fn in_orders(&mut self, node: &Node, change: impl Fn(&mut OrdSet<Place>, Place)) {
        for (order, made) in Order::OTHERS.into_iter().zip(&mut self.orders) {
            if let Some(places) = made.get_mut() {
                change(places, (order.key(node), node.made, Arc::clone(&node.id)));
            }
        }
    }

    /// The places of all children in an order.
    pub(in crate::world) fn ordered(&self, order: Order, node: impl Fn(&Key) -> Option<Arc<Node>>) -> Places<'_> {
        let Some(index) = Order::OTHERS.iter().position(|other| *other == order) else {
            return Places::Named(&self.names);
        };
        let place = |node: Arc<Node>| (order.key(&node), node.made, Arc::clone(&node.id));
        let made = || self.children().filter_map(&node).map(place).collect();
        Places::Placed(self.orders[index].get_or_init(made))
    }
}
