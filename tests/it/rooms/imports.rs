//! The import graph of a crate: which source file names an item of which other.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use syn::visit::Visit;

/// A module's path from the crate's root, such as `["write", "locked"]`.
type ModulePath = Vec<String>;

#[derive(Debug, Default)]
pub(crate) struct Crate {
    modules: BTreeMap<ModulePath, Module>,
}

#[derive(Debug, Default)]
struct Module {
    /// Names that `use` imports, and their paths.
    imported: BTreeMap<String, ModulePath>,
    /// Modules whose names are imported with `*`.
    globs: Vec<ModulePath>,
    /// Names of functions, types, traits and constants.
    defined: BTreeSet<String>,
    /// Every path that starts in this crate, resolved to the root but not through re-exports.
    named: BTreeSet<ModulePath>,
}

impl Crate {
    /// Parses each `.rs` file under a crate's `src` folder.
    pub(crate) fn parse(source: &Path) -> Self {
        let mut krate = Self::default();
        let files = files_below(source);
        for file in &files {
            krate.modules.entry(module_path(source, file)).or_default();
        }
        for file in &files {
            let text = std::fs::read_to_string(file).unwrap();
            let syntax = syn::parse_file(&text)
                .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            let path = module_path(source, file);
            Imports {
                krate: &mut krate,
                path,
            }
            .visit_file(&syntax);
        }
        krate
    }

    /// Pairs of modules: the first names an item that the second defines.
    /// A module and those that it contains do not count as two.
    pub(crate) fn edges(&self) -> BTreeSet<(String, String)> {
        let pairs = self.modules.iter().flat_map(|(from, module)| {
            module
                .named
                .iter()
                .map(move |path| (from, self.defined_in(path, 0)))
        });
        pairs
            .filter(|(from, to)| !from.starts_with(to) && !to.starts_with(from))
            .map(|(from, to)| (from.join("::"), to.join("::")))
            .collect()
    }

    /// The module that defines the item of a path, through re-exports.
    fn defined_in(&self, path: &[String], depth: usize) -> ModulePath {
        let length = (0..=path.len())
            .rev()
            .find(|length| self.modules.contains_key(&path[..*length]))
            .unwrap_or(0);
        let (path, rest) = path.split_at(length);
        let (Some(module), Some(name)) = (self.modules.get(path), rest.first()) else {
            return path.to_vec();
        };
        match module.imported.get(name) {
            Some(target) if depth < 8 => {
                let target: ModulePath = target.iter().chain(&rest[1..]).cloned().collect();
                self.defined_in(&target, depth + 1)
            }
            _ => {
                let defines = |target: &&ModulePath| {
                    let target = self.modules.get(*target);
                    target.is_some_and(|target| target.defined.contains(name))
                };
                module
                    .globs
                    .iter()
                    .find(defines)
                    .cloned()
                    .unwrap_or_else(|| path.to_vec())
            }
        }
    }
}

struct Imports<'a> {
    krate: &'a mut Crate,
    path: ModulePath,
}

impl Imports<'_> {
    fn module(&mut self) -> &mut Module {
        self.krate.modules.entry(self.path.clone()).or_default()
    }

    /// A path from the root, if it starts in this crate.
    fn absolute(&self, path: &[String]) -> Option<ModulePath> {
        let (first, rest) = path.split_first()?;
        let mut base = match first.as_str() {
            "crate" => Vec::new(),
            "self" => self.path.clone(),
            "super" => self.path[..self.path.len().checked_sub(1)?].to_vec(),
            name => {
                let child: ModulePath =
                    self.path.iter().cloned().chain([name.to_owned()]).collect();
                if self.krate.modules.contains_key(&child) {
                    child
                } else {
                    self.krate
                        .modules
                        .get(&self.path)?
                        .imported
                        .get(name)?
                        .clone()
                }
            }
        };
        for name in rest {
            if name == "super" {
                base.pop();
            } else {
                base.push(name.clone());
            }
        }
        Some(base)
    }

    fn import(&mut self, tree: &syn::UseTree, mut prefix: Vec<String>) {
        match tree {
            syn::UseTree::Path(path) => {
                prefix.push(path.ident.to_string());
                self.import(&path.tree, prefix);
            }
            syn::UseTree::Group(group) => group
                .items
                .iter()
                .for_each(|tree| self.import(tree, prefix.clone())),
            syn::UseTree::Name(name) if name.ident == "self" => {
                let local = prefix.last().cloned().unwrap_or_default();
                self.bind(local, &prefix);
            }
            syn::UseTree::Name(name) => {
                prefix.push(name.ident.to_string());
                self.bind(name.ident.to_string(), &prefix);
            }
            syn::UseTree::Rename(rename) => {
                prefix.push(rename.ident.to_string());
                self.bind(rename.rename.to_string(), &prefix);
            }
            syn::UseTree::Glob(_) => {
                if let Some(path) = self.absolute(&prefix) {
                    self.module().globs.push(path);
                }
            }
        }
    }

    fn bind(&mut self, local: String, path: &[String]) {
        if let Some(path) = self.absolute(path) {
            let module = self.module();
            module.named.insert(path.clone());
            module.imported.insert(local, path);
        }
    }
}

impl<'ast> Visit<'ast> for Imports<'_> {
    fn visit_file(&mut self, file: &'ast syn::File) {
        // Imports first: a path in the body may start with an imported name.
        for item in &file.items {
            if let syn::Item::Use(item) = item {
                self.import(&item.tree, Vec::new());
            }
        }
        syn::visit::visit_file(self, file);
    }

    fn visit_item(&mut self, item: &'ast syn::Item) {
        let name = match item {
            syn::Item::Const(item) => Some(&item.ident),
            syn::Item::Enum(item) => Some(&item.ident),
            syn::Item::Fn(item) => Some(&item.sig.ident),
            syn::Item::Static(item) => Some(&item.ident),
            syn::Item::Struct(item) => Some(&item.ident),
            syn::Item::Trait(item) => Some(&item.ident),
            syn::Item::Type(item) => Some(&item.ident),
            _ => None,
        };
        if let Some(name) = name {
            self.module().defined.insert(name.to_string());
        }
        syn::visit::visit_item(self, item);
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.import(&item.tree, Vec::new());
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        let is_test = |attribute: &syn::Attribute| {
            attribute.path().is_ident("cfg")
                && attribute
                    .parse_args::<syn::Path>()
                    .is_ok_and(|condition| condition.is_ident("test"))
        };
        if !item.attrs.iter().any(is_test) && item.content.is_some() {
            self.path.push(item.ident.to_string());
            self.module();
            syn::visit::visit_item_mod(self, item);
            self.path.pop();
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Vec<String> = path
            .segments
            .iter()
            .map(|segment| segment.ident.to_string())
            .collect();
        if names.len() > 1
            && let Some(path) = self.absolute(&names)
        {
            self.module().named.insert(path);
        }
        syn::visit::visit_path(self, path);
    }
}

fn files_below(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_below(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

fn module_path(source: &Path, file: &Path) -> ModulePath {
    let relative = file.strip_prefix(source).unwrap().with_extension("");
    let mut path: ModulePath = relative
        .iter()
        .map(|part| part.to_string_lossy().into_owned())
        .collect();
    if path.last().is_some_and(|name| name == "mod") || path == ["lib"] {
        path.pop();
    }
    if path == ["private"] {
        path = vec!["__private".to_owned()];
    }
    path
}
