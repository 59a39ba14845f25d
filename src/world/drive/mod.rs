//! Files and folders of all spaces.

mod folder;
mod node;

use std::{
    hash::{BuildHasherDefault, Hasher},
    sync::Arc,
};

use imbl::{GenericHashMap, OrdSet, shared_ptr::DefaultSharedPtr};

pub(super) use self::{
    folder::{Folder, Order, Place, Places},
    node::{FOLDER, Node, Recycled, type_of},
};
use super::Made;

/// The id of a file, folder or space.
pub(super) type Key = Arc<str>;

/// How deep folders go.
pub(super) const DEPTH: usize = 30;

/// By id, in no order that means anything, and in the same one in every run. Among many ids this finds one with a comparison or two, where
/// a tree needs a dozen of texts that lie anywhere in memory.
type ById<T> = GenericHashMap<Key, Arc<T>, BuildHasherDefault<Folded>, DefaultSharedPtr>;

/// A hash for ids, which are random texts: their bytes, folded. A page of files asks for hundreds of them.
#[derive(Debug, Clone, Copy, Default)]
struct Folded(u64);

impl Hasher for Folded {
    fn write(&mut self, bytes: &[u8]) {
        let (parts, rest) = bytes.as_chunks();
        let rest = rest.iter().fold(0, |number, byte| number << 8 | u64::from(*byte));
        for number in parts.iter().map(|part| u64::from_le_bytes(*part)).chain([rest]) {
            self.0 = (self.0.rotate_left(5) ^ number).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        }
    }

    /// The map takes the lower half, and multiplying mixes the upper one.
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }
}

/// All nodes, found by id.
#[derive(Debug, Clone, Default)]
pub(super) struct Drive {
    nodes: ById<Node>,
    /// What is directly below a folder or root.
    folders: ById<Folder>,
    /// What was recycled itself, not just with a folder above it: behind its space, in the order in which it came.
    bins: OrdSet<(Key, Made, Key)>,
    /// The ids of all that was put or erased since the world was a session's: only these nodes can differ from it.
    touched: Vec<Key>,
}

impl PartialEq for Drive {
    /// What folders list is made of the nodes: an order that somebody asked for makes no other drive.
    fn eq(&self, other: &Self) -> bool {
        self.nodes == other.nodes && self.bins == other.bins
    }
}

/// The root of a space, as files name it.
pub(super) fn root_of(space: &str) -> Key {
    format!("DEUI7pa0C24Aroot{space}").into()
}

impl Drive {
    /// The ids of what was put or erased, each once.
    pub(super) fn touched(&self) -> Vec<&Key> {
        let mut ids: Vec<&Key> = self.touched.iter().collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// How many nodes there are.
    pub(super) fn entries(&self) -> usize {
        self.nodes.len()
    }

    pub(super) fn get(&self, id: &str) -> Option<&Arc<Node>> {
        self.nodes.get(id)
    }

    /// All of them.
    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<Node>> {
        self.nodes.values()
    }

    pub(super) fn has(&self, id: &str) -> bool {
        self.nodes.contains_key(id)
    }

    /// What is below a folder or root; nothing if nothing ever was.
    pub(super) fn folder(&self, id: &str) -> Option<&Arc<Folder>> {
        self.folders.get(id)
    }

    /// The places of what is directly below a folder or root, in an order.
    pub(super) fn ordered(&self, id: &str, order: Order) -> Option<Places<'_>> {
        Some(self.folder(id)?.ordered(order, |id| self.get(id).cloned()))
    }

    /// The node of this name below a folder or root.
    pub(super) fn named(&self, parent: &str, name: &str) -> Option<&Arc<Node>> {
        self.get(self.folder(parent)?.named(name)?)
    }

    /// What is directly below a folder or root.
    pub(super) fn children(&self, id: &str) -> impl Iterator<Item = &Arc<Node>> {
        self.folder(id).into_iter().flat_map(|folder| folder.children()).filter_map(|id| self.get(id))
    }

    /// Those whose names come behind one; all without one.
    pub(super) fn children_after<'d>(&'d self, id: &str, name: Option<&'d str>) -> impl Iterator<Item = &'d Arc<Node>> {
        self.folder(id).into_iter().flat_map(move |folder| folder.after(name)).filter_map(|id| self.get(id))
    }

    /// How many they are.
    pub(super) fn count(&self, id: &str) -> usize {
        self.folder(id).map_or(0, |folder| folder.count())
    }

    /// What was recycled of a space after something else.
    pub(super) fn bin_after(&self, space: &str, made: Made) -> impl Iterator<Item = &Arc<Node>> {
        let first = (Key::from(space), made.saturating_add(1), Key::from(""));
        let within = self.bins.range(first.clone()..).take_while(move |(of, _, _)| *of == first.0);
        within.filter_map(|(_, _, id)| self.get(id))
    }

    /// What was recycled of a space, in the order in which it came.
    pub(super) fn bin(&self, space: &str) -> impl Iterator<Item = &Arc<Node>> {
        let first = (Key::from(space), 0, Key::from(""));
        let within = self.bins.range(first.clone()..).take_while(move |(of, _, _)| *of == first.0);
        within.filter_map(|(_, _, id)| self.get(id))
    }

    /// A node and the folders above it.
    pub(super) fn way_up<'d>(&'d self, node: &'d Node) -> impl Iterator<Item = &'d Node> {
        std::iter::successors(Some(node), |node| self.get(&node.parent).map(|node| &**node))
    }

    /// Whether it is in the recycle bin, itself or with a folder above it.
    pub(super) fn is_recycled(&self, node: &Node) -> bool {
        self.way_up(node).any(|node| node.recycled.is_some())
    }

    /// How many folders there are from the root to one, itself included; 0 for the root.
    pub(super) fn depth(&self, folder: &str) -> usize {
        self.get(folder).map_or(0, |folder| self.way_up(folder).count())
    }

    /// How many levels of folders a node brings along.
    pub(super) fn height(&self, node: &Node) -> usize {
        if !node.is_folder() {
            return 0;
        }
        1 + self.children(&node.id).map(|child| self.height(child)).max().unwrap_or(0)
    }

    /// A node and everything below it, the upper ones first.
    pub(super) fn all_within(&self, node: &Arc<Node>) -> Vec<Arc<Node>> {
        let mut found = vec![Arc::clone(node)];
        let mut next = 0;
        while let Some(node) = found.get(next).cloned() {
            found.extend(self.children(&node.id).cloned());
            next += 1;
        }
        found
    }

    /// `/rootIAAD…/folder/name`
    pub(super) fn name_path(&self, node: &Node) -> String {
        self.path(node, &format!("root{}", node.space), |node| &node.name)
    }

    /// `/DEUI7pa0C24AsrootIAAD…/Fabc/Fdef`
    pub(super) fn id_path(&self, node: &Node) -> String {
        self.path(node, &root_of(&node.space), |node| &node.id)
    }

    /// The way down to a node.
    fn path(&self, node: &Node, root: &str, part: impl Fn(&Node) -> &str) -> String {
        let way: Vec<&Node> = self.way_up(node).collect();
        let length = way.iter().map(|node| 1 + part(node).len()).sum::<usize>();
        let mut path = String::with_capacity(1 + root.len() + length);
        for name in std::iter::once(root).chain(way.into_iter().rev().map(part)) {
            path.push('/');
            path.push_str(name);
        }
        path
    }

    fn folder_mut(&mut self, id: &Key) -> &mut Folder {
        Arc::make_mut(self.folders.entry(Arc::clone(id)).or_default())
    }

    /// Adds a node, or replaces the one with its id, wherever that was.
    pub(super) fn put(&mut self, node: Node) {
        if let Some(known) = self.nodes.get(&node.id).cloned() {
            self.unlist(&known);
        }
        match node.recycled {
            None => self.folder_mut(&Arc::clone(&node.parent)).add(&node),
            Some(recycled) => {
                self.bins.insert((Arc::clone(&node.space), recycled.made, Arc::clone(&node.id)));
            }
        }
        self.touched.push(Arc::clone(&node.id));
        self.nodes.insert(Arc::clone(&node.id), Arc::new(node));
    }

    fn unlist(&mut self, node: &Node) {
        match node.recycled {
            None => self.folder_mut(&Arc::clone(&node.parent)).remove(node),
            Some(recycled) => {
                self.bins.remove(&(Arc::clone(&node.space), recycled.made, Arc::clone(&node.id)));
            }
        }
    }

    /// Forgets a node and everything below it. What goes is given back.
    pub(super) fn erase(&mut self, node: &Arc<Node>) -> Vec<Arc<Node>> {
        let gone = self.all_within(node);
        self.unlist(node);
        for node in &gone {
            self.touched.push(Arc::clone(&node.id));
            self.nodes.remove(&node.id);
            self.folders.remove(&node.id);
        }
        gone
    }

    /// From now on it is what others are compared with.
    pub(super) fn settle(&mut self) {
        self.touched = Vec::new();
    }

    pub(super) fn is_settled(&self) -> bool {
        self.touched.is_empty()
    }

    /// Forgets everything of a space.
    pub(super) fn erase_space(&mut self, space: &str) -> Vec<Arc<Node>> {
        let mut tops: Vec<_> = self.children(&root_of(space)).cloned().collect();
        tops.extend(self.bin(space).cloned());
        tops.iter().flat_map(|top| self.erase(top)).collect()
    }
}
