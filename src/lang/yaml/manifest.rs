//! Reads the tree of a file as Kubernetes objects.

use super::mask::{Kind, overlapping};
use super::tree::{NodeId, Root, Tree, Value};
use super::{Directive, LineIndex, touches};
use crate::facts::{
    Container, Document, DocumentShape, DuplicateKey, EnvVar, Located, ParseError, Probe,
    ProbeAction, ProbeKind, Span, Workload,
};
use std::cell::Cell;
use std::collections::HashMap;

/// Duplicate keys that are listed for one file.
const MAX_DUPLICATES: usize = 1000;
/// Bytes of a dotted path that are kept.
const MAX_PATH: usize = 1024;
/// Merge keys that are followed from one mapping to the next.
const MAX_MERGE_DEPTH: u32 = 32;
/// What looking at one node costs; copying a byte of text costs 1.
const VISIT: usize = 4;

/// A file after parsing.
pub(super) struct Source<'a> {
    /// The path, with `/` separators.
    pub(super) path: &'a str,
    /// The text before masking.
    pub(super) text: &'a str,
    /// Its nodes.
    pub(super) tree: &'a Tree<'a>,
    /// Its lines.
    pub(super) lines: &'a LineIndex,
    /// Its masked regions.
    pub(super) directives: &'a [Directive],
}

/// The documents of a file that hold anything, and what was left out of them.
pub(super) fn documents(source: &Source<'_>) -> (Vec<Document>, Vec<ParseError>) {
    let mut documents = Vec::new();
    let mut errors = Vec::new();
    let mut duplicates_left = MAX_DUPLICATES;
    let roots = &source.tree.roots;
    for (index, root) in roots.iter().enumerate() {
        let next = roots.get(index + 1).map(|next| next.start as usize);
        let end = u32::try_from(next.unwrap_or(source.text.len())).unwrap_or(u32::MAX);
        let Some(node) = root.node.filter(|&id| !source.tree.node(id).is_null()) else {
            continue;
        };
        let templated = touches(source.directives, root.start, end);
        // A template that breaks off may have been masked wrongly from its beginning.
        if templated && !root.complete {
            continue;
        }
        let reader = Reader::new(source, (end - root.start) as usize);
        let mut document = reader.document(node);
        document.templated = templated;
        document.duplicates = duplicates(source, node, &mut duplicates_left);
        if reader.exhausted.get() {
            errors.push(reader.error(root, "too many aliases to follow"));
        }
        if duplicates_left == 0 && errors.iter().all(|e| e.reason != TOO_MANY_DUPLICATES) {
            errors.push(reader.error(root, TOO_MANY_DUPLICATES));
        }
        documents.push(document);
    }
    (documents, errors)
}

const TOO_MANY_DUPLICATES: &str = "too many duplicate keys: the others are not listed";

/// An entry of a mapping.
#[derive(Clone, Copy)]
struct Field {
    key: NodeId,
    value: NodeId,
    /// The mapping that holds it: a merged one, perhaps.
    owner: NodeId,
    /// Whether a template decides between several values.
    ambiguous: bool,
}

/// Reads one document. Aliases are followed, not expanded; a budget proportional to the document
/// bounds how much is looked at and copied, because a few aliases can stand for any amount of YAML.
struct Reader<'a> {
    source: &'a Source<'a>,
    tree: &'a Tree<'a>,
    budget: Cell<usize>,
    exhausted: Cell<bool>,
}

impl<'a> Reader<'a> {
    fn new(source: &'a Source<'a>, document_length: usize) -> Self {
        let budget = document_length.saturating_mul(32).saturating_add(1 << 16);
        let exhausted = Cell::new(false);
        Self {
            source,
            tree: source.tree,
            budget: Cell::new(budget),
            exhausted,
        }
    }

    fn error(&self, root: &Root, reason: &str) -> ParseError {
        let start = root.node.map_or(root.start, |id| self.tree.node(id).start);
        let span = self.source.lines.span(start, start);
        ParseError {
            span,
            reason: reason.to_owned(),
            partial: true,
        }
    }

    /// Takes from the budget; `None` when it is used up.
    fn charge(&self, cost: usize) -> Option<()> {
        match self.budget.get().checked_sub(cost) {
            Some(rest) => self.budget.set(rest),
            None => self.exhausted.set(true),
        }
        (!self.exhausted.get()).then_some(())
    }

    fn span(&self, id: NodeId) -> Span {
        let node = self.tree.node(id);
        self.source.lines.span(node.start, node.end)
    }

    /// The node itself, or what its alias stands for.
    fn resolve(&self, id: NodeId) -> Option<NodeId> {
        match self.tree.node(id).value {
            Value::Alias(target) => target,
            _ => Some(id),
        }
    }

    fn is_mapping(&self, id: NodeId) -> bool {
        matches!(self.tree.node(id).value, Value::Mapping(_))
    }

    fn is_sequence(&self, id: NodeId) -> bool {
        matches!(self.tree.node(id).value, Value::Sequence(_))
    }

    /// Whether a directive stands in the node's own text.
    fn is_masked(&self, id: NodeId) -> bool {
        let node = self.tree.node(id);
        touches(self.source.directives, node.start, node.end)
    }

    fn control_between(&self, first: NodeId, second: NodeId) -> bool {
        control_between(
            self.source.directives,
            self.tree.node(first).end,
            self.tree.node(second).start,
        )
    }

    /// The text of a key, unless it is no scalar.
    fn key_text(&self, id: NodeId) -> Option<&'a str> {
        match &self.tree.node(id).value {
            Value::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// The text of a scalar that is neither null nor templated.
    fn literal(&self, id: NodeId) -> Option<&'a str> {
        let id = self.resolve(id)?;
        let node = self.tree.node(id);
        match &node.value {
            Value::Scalar { text, .. } if !node.is_null() && !self.is_masked(id) => {
                self.charge(text.len())?;
                Some(text)
            }
            _ => None,
        }
    }

    /// Whether a key is `<<`, and no quoted text.
    fn is_merge(&self, key: NodeId) -> bool {
        matches!(&self.tree.node(key).value, Value::Scalar { text, plain: true } if text == "<<")
    }

    /// The mappings that the value of `<<` names, in order.
    fn merge_sources(&self, value: NodeId, found: &mut Vec<NodeId>) -> Option<()> {
        let value = self.resolve(value)?;
        if self.is_mapping(value) {
            found.push(value);
        } else if self.is_sequence(value) {
            for item in self.tree.children(value) {
                self.charge(VISIT)?;
                found.extend(self.resolve(item).filter(|&id| self.is_mapping(id)));
            }
        }
        Some(())
    }

    /// Calls `visit` for the mapping and everything merged into it, nearest first, until it says
    /// that it has seen enough.
    fn for_each_layer(&self, mapping: NodeId, mut visit: impl FnMut(NodeId) -> bool) -> Option<()> {
        let mut stack = vec![(mapping, 0)];
        let mut merged = Vec::new();
        while let Some((id, depth)) = stack.pop() {
            if visit(id) {
                break;
            }
            for (key, value) in self.tree.pairs(id) {
                self.charge(VISIT)?;
                if self.is_merge(key) {
                    self.merge_sources(value, &mut merged)?;
                }
            }
            if depth >= MAX_MERGE_DEPTH && !merged.is_empty() {
                self.exhausted.set(true);
                return None;
            }
            stack.extend(merged.drain(..).rev().map(|id| (id, depth + 1)));
        }
        Some(())
    }

    /// The entry of a mapping (or of an alias of one) with this key. Written keys win over merged
    /// ones, and the last of several wins, as in Kubernetes' own reader.
    fn get(&self, mapping: NodeId, name: &str) -> Option<Field> {
        let mapping = self.resolve(mapping)?;
        let mut found: Option<Field> = None;
        self.for_each_layer(mapping, |owner| {
            for (key, value) in self.tree.pairs(owner) {
                if self.charge(VISIT).is_none() {
                    return true;
                }
                if self.key_text(key) == Some(name) {
                    let ambiguous = found.is_some_and(|before| {
                        before.ambiguous || self.control_between(before.key, key)
                    });
                    found = Some(Field {
                        key,
                        value,
                        owner,
                        ambiguous,
                    });
                }
            }
            found.is_some()
        })?;
        found
    }

    /// The value at a path of keys, with aliases resolved.
    fn at(&self, from: NodeId, path: &[&str]) -> Option<NodeId> {
        let mut id = self.resolve(from)?;
        for name in path {
            id = self.resolve(self.get(id, name)?.value)?;
        }
        Some(id)
    }

    /// The literal text of an entry, or an empty text.
    fn text_of(&self, mapping: NodeId, name: &str) -> String {
        let value = self.get(mapping, name).filter(|field| !field.ambiguous);
        value
            .and_then(|field| self.literal(field.value))
            .unwrap_or_default()
            .to_owned()
    }

    /// The items of a sequence, with aliases resolved.
    fn items(&self, sequence: NodeId) -> impl Iterator<Item = NodeId> {
        let children = self
            .tree
            .children(sequence)
            .filter(move |_| self.is_sequence(sequence));
        children
            .map_while(|id| self.charge(VISIT).map(|()| id))
            .filter_map(|id| self.resolve(id))
    }

    fn document(&self, root: NodeId) -> Document {
        let mut document = Document::default();
        let scalar = |name| {
            let field = self.get(root, name)?;
            let value = self.tree.node(self.resolve(field.value)?);
            (matches!(value.value, Value::Scalar { .. }) && !value.is_null()).then_some(field)
        };
        let (api_version, kind) = (scalar("apiVersion"), scalar("kind"));
        let text = |field: Option<Field>| self.literal(field?.value).map(str::to_owned);
        document.api_version = text(api_version);
        document.kind = text(kind);
        let file = self.source.path.rsplit('/').next().unwrap_or_default();
        if api_version.is_some() && kind.is_some() {
            document.shape = DocumentShape::Kubernetes;
            document.workloads = self.workloads(root);
        } else if is_values_file(file) && self.is_mapping(root) {
            document.shape = DocumentShape::HelmValues;
        } else if is_compose_file(file)
            && self
                .at(root, &["services"])
                .is_some_and(|id| self.is_mapping(id))
        {
            document.shape = DocumentShape::Compose;
        }
        document
    }

    /// The workloads of an object, or of the objects in a list.
    fn workloads(&self, object: NodeId) -> Vec<Workload> {
        let mut found = Vec::new();
        let mut objects = vec![(object, 0)];
        while let Some((object, depth)) = objects.pop() {
            let kind = self.text_of(object, "kind");
            let items = match kind.as_str() {
                // OpenShift's parameterised list.
                "Template" => self.at(object, &["objects"]),
                _ if kind.ends_with("List") => self.at(object, &["items"]),
                _ => None,
            };
            if let Some(items) = items
                && depth < MAX_MERGE_DEPTH
            {
                let first = objects.len();
                objects.extend(self.items(items).map(|item| (item, depth + 1)));
                objects[first..].reverse();
                continue;
            }
            let workload = self.workload(object, kind);
            // What the budget cut short would look like a file with fields missing.
            if self.exhausted.get() {
                break;
            }
            found.extend(workload);
        }
        found
    }

    fn workload(&self, object: NodeId, kind: String) -> Option<Workload> {
        let template: &[&str] = match kind.as_str() {
            "Pod" => &[],
            "CronJob" => &["spec", "jobTemplate", "spec", "template"],
            "Deployment"
            | "StatefulSet"
            | "DaemonSet"
            | "ReplicaSet"
            | "ReplicationController"
            | "Job"
            | "DeploymentConfig" => &["spec", "template"],
            "Rollout" if self.is_of_group(object, "argoproj.io") => &["spec", "template"],
            // Knative's; a Service of the core has no pod template.
            "Service" if self.is_of_group(object, "serving.knative.dev") => &["spec", "template"],
            // The kind is a template: whatever it is, it has pods.
            "" => &["spec", "template"],
            _ => return None,
        };
        let key = self.get(object, "kind")?.key;
        let template = self.at(object, template)?;
        let spec = self
            .at(template, &["spec"])
            .filter(|&id| self.is_mapping(id))?;
        let mut labels = Vec::new();
        for holder in [template, object] {
            if let Some(map) = self.at(holder, &["metadata", "labels"]) {
                self.labels(map, &mut labels)?;
            }
            if template == object {
                break;
            }
        }
        let mut containers = Vec::new();
        for list in ["containers", "initContainers"] {
            if let Some(list) = self.at(spec, &[list]) {
                let items = self.items(list).filter(|&id| self.is_mapping(id));
                containers.extend(items.map(|id| self.container(id)));
            }
        }
        let name = self.at(object, &["metadata"]);
        let name = name
            .map(|metadata| self.text_of(metadata, "name"))
            .unwrap_or_default();
        Some(Workload {
            kind,
            name,
            labels,
            span: self.span(key),
            containers,
        })
    }

    /// Whether `apiVersion` names this group, or is templated.
    fn is_of_group(&self, object: NodeId, group: &str) -> bool {
        let version = self.text_of(object, "apiVersion");
        version.is_empty()
            || version
                .strip_prefix(group)
                .is_some_and(|rest| rest.starts_with('/'))
    }

    /// Adds the literal entries of a mapping of labels.
    fn labels(&self, map: NodeId, labels: &mut Vec<(String, String)>) -> Option<()> {
        let first = labels.len();
        let mut places: HashMap<&str, (usize, NodeId)> = HashMap::new();
        self.for_each_layer(map, |owner| {
            for (key, value) in self.tree.pairs(owner) {
                if self.charge(VISIT).is_none() {
                    return true;
                }
                if self.is_masked(key) || self.is_merge(key) {
                    continue;
                }
                let (Some(name), Some(value)) = (self.key_text(key), self.literal(value)) else {
                    continue;
                };
                match places.get(name) {
                    // The last of one mapping wins, a merged one never does.
                    Some(&(place, holder)) if holder == owner => {
                        if let Some((_, old)) = labels.get_mut(first + place) {
                            value.clone_into(old);
                        }
                    }
                    Some(_) => {}
                    None => {
                        places.insert(name, (places.len(), owner));
                        labels.push((name.to_owned(), value.to_owned()));
                    }
                }
            }
            false
        })
    }

    fn container(&self, id: NodeId) -> Container {
        let first_key = self.tree.pairs(id).next().map_or(id, |(key, _)| key);
        let mut probes: Vec<(Field, ProbeKind)> = Vec::new();
        for kind in [
            ProbeKind::Liveness,
            ProbeKind::Readiness,
            ProbeKind::Startup,
        ] {
            probes.extend(self.get(id, kind.key()).map(|field| (field, kind)));
        }
        probes.sort_by_key(|(field, _)| self.tree.node(field.key).start);
        Container {
            name: self.text_of(id, "name"),
            image: self.image(id).unwrap_or_default(),
            span: self.span(first_key),
            env: self.env(id),
            probes: probes
                .into_iter()
                .filter_map(|(f, kind)| self.probe(f, kind))
                .collect(),
        }
    }

    /// The image as far as it is literal: without a templated tag, and without the parts of the
    /// repository up to the last templated one.
    fn image(&self, container: NodeId) -> Option<String> {
        let field = self
            .get(container, "image")
            .filter(|field| !field.ambiguous)?;
        if let Some(text) = self.literal(field.value) {
            return Some(text.to_owned());
        }
        let id = self.resolve(field.value)?;
        let node = self.tree.node(id);
        if !matches!(node.value, Value::Scalar { .. }) {
            return None;
        }
        let (start, end) = (node.start as usize, node.end as usize);
        // Templates become a letter that no image has, so that what is left splits as ever.
        let mut image = String::new();
        let mut at = start;
        for directive in overlapping(self.source.directives, start, end) {
            image.push_str(
                self.source
                    .text
                    .get(at..directive.start)
                    .unwrap_or_default(),
            );
            image.push(HOLE);
            at = directive.end;
        }
        image.push_str(self.source.text.get(at..end).unwrap_or_default());
        let image = image.trim_matches(['"', '\'']).trim();
        if image.contains(char::is_whitespace) {
            return None;
        }
        let name_start = image.rfind('/').map_or(0, |at| at + 1);
        let tag = image[name_start..]
            .find([':', '@'])
            .map_or(image.len(), |at| name_start + at);
        let (repository, tag) = image.split_at(tag);
        let repository = match repository.rfind(HOLE) {
            // The component that the last hole stands in is not literal.
            Some(hole) => repository[hole..]
                .split_once('/')
                .map_or("", |(_, tail)| tail),
            None => repository,
        };
        if repository.is_empty() {
            return None;
        }
        let tag = if tag.contains(HOLE) { "" } else { tag };
        self.charge(node.end.saturating_sub(node.start) as usize)?;
        Some(format!("{repository}{tag}"))
    }

    fn env(&self, container: NodeId) -> Vec<EnvVar> {
        let Some(list) = self.at(container, &["env"]) else {
            return Vec::new();
        };
        let entry = |id| {
            let name = self.literal(self.get(id, "name")?.value)?;
            let field = self.get(id, "value").filter(|field| !field.ambiguous)?;
            let value = self.literal(field.value)?;
            let span = self.span(field.value);
            Some(EnvVar {
                name: name.to_owned(),
                value: Located {
                    value: value.to_owned(),
                    span,
                },
            })
        };
        self.items(list).filter_map(entry).collect()
    }

    /// Reads a probe; `None` when it is null, which says that there is none.
    fn probe(&self, field: Field, kind: ProbeKind) -> Option<Probe> {
        let value = self.resolve(field.value);
        let mut probe = Probe {
            kind,
            span: self.span(field.key),
            action: ProbeAction::Unknown,
            timeout_seconds: None,
            period_seconds: None,
            failure_threshold: None,
            initial_delay_seconds: None,
            templated: self.is_unsure(field) || value.is_none(),
        };
        let Some(value) = value.filter(|&id| self.is_mapping(id)) else {
            let is_null = value.is_some_and(|id| self.tree.node(id).is_null());
            return (probe.templated || !is_null).then_some(probe);
        };
        let mut number = |name| {
            let field = self.get(value, name)?;
            let id = self.resolve(field.value);
            if id.is_some_and(|id| self.tree.node(id).is_null()) {
                return None;
            }
            let literal = self.literal(field.value).filter(|_| !field.ambiguous);
            let read = literal.and_then(|text| text.trim().parse().ok());
            // Something is there, such as `${TIMEOUT}` for another tool to fill in.
            probe.templated |= read.is_none();
            Some(Located {
                value: read?,
                span: self.span(field.value),
            })
        };
        probe.timeout_seconds = number("timeoutSeconds");
        probe.period_seconds = number("periodSeconds");
        probe.failure_threshold = number("failureThreshold");
        probe.initial_delay_seconds = number("initialDelaySeconds");
        probe.action = self.action(value, probe.templated);
        Some(probe)
    }

    fn action(&self, probe: NodeId, templated: bool) -> ProbeAction {
        let mut actions = ["httpGet", "tcpSocket", "grpc", "exec"]
            .into_iter()
            .filter_map(|name| Some((name, self.get(probe, name)?)));
        let Some((name, field)) = actions.next() else {
            return ProbeAction::Unknown;
        };
        // A template decides which one it is.
        if field.ambiguous || (templated && actions.next().is_some()) {
            return ProbeAction::Unknown;
        }
        match name {
            "httpGet" => self.http_get(field).unwrap_or(ProbeAction::Unknown),
            "tcpSocket" => ProbeAction::Tcp,
            "grpc" => ProbeAction::Grpc,
            _ => self.exec(field).unwrap_or(ProbeAction::Unknown),
        }
    }

    fn http_get(&self, field: Field) -> Option<ProbeAction> {
        let get = self
            .resolve(field.value)
            .filter(|&id| self.is_mapping(id))?;
        let path = match self.get(get, "path") {
            Some(path) if path.ambiguous => return None,
            Some(path) => {
                let id = self.resolve(path.value)?;
                let empty = self.tree.node(id).is_null() && !self.is_unsure(path);
                let text = if empty { "" } else { self.literal(path.value)? };
                let text = if text.is_empty() { "/" } else { text };
                Located {
                    value: text.to_owned(),
                    span: self.span(path.value),
                }
            }
            None if self.is_unsure(field) => return None,
            None => Located {
                value: "/".to_owned(),
                span: self.span(field.key),
            },
        };
        Some(ProbeAction::HttpGet {
            path,
            port: self.text_of(get, "port"),
        })
    }

    fn exec(&self, field: Field) -> Option<ProbeAction> {
        let command = self.at(field.value, &["command"])?;
        let word = |id| self.literal(id).unwrap_or_default().to_owned();
        if self.is_sequence(command) {
            return Some(ProbeAction::Exec(self.items(command).map(word).collect()));
        }
        self.literal(command)
            .map(|line| ProbeAction::Exec(vec![line.to_owned()]))
    }

    /// Whether a template, or an error, may have put more into a value than is seen.
    fn is_unsure(&self, field: Field) -> bool {
        let directives = self.source.directives;
        let key = self.tree.node(field.key);
        let value = self.tree.node(field.value);
        let speaks = |start: u32, end: u32| {
            overlapping(directives, start as usize, end as usize).any(|d| d.kind != Kind::Silent)
        };
        if speaks(key.start, value.end) {
            return true;
        }
        // What `{{ include }}` prints below the value belongs to it when it is indented further.
        let after = match value.value {
            Value::Mapping(_) | Value::Sequence(_) => value.after,
            _ => value.next.map_or(self.tree.node(field.owner).after, |id| {
                self.tree.node(id).start
            }),
        };
        let column = key.start - self.source.lines.line_start(key.start);
        let printed = overlapping(directives, value.end as usize, after as usize)
            .any(|d| matches!(d.kind, Kind::Insert { indent } if indent > column));
        if printed || value.truncated {
            return true;
        }
        let Some(target) = self.resolve(field.value) else {
            return true;
        };
        let mut unsure = false;
        let complete = self.for_each_layer(target, |layer| {
            let node = self.tree.node(layer);
            unsure |= node.truncated || speaks(node.start, node.end);
            unsure
        });
        unsure || complete.is_none()
    }
}

/// Stands for a directive in the text of an image.
const HOLE: char = '\u{fffc}';

fn is_values_file(file: &str) -> bool {
    file.strip_suffix(".yaml")
        .or_else(|| file.strip_suffix(".yml"))
        .is_some_and(|stem| stem.starts_with("values") || stem.ends_with("values"))
}

fn is_compose_file(file: &str) -> bool {
    (file.starts_with("docker-compose") || file.starts_with("compose"))
        && (file.ends_with(".yaml") || file.ends_with(".yml"))
}

fn control_between(directives: &[Directive], start: u32, end: u32) -> bool {
    overlapping(directives, start as usize, end as usize).any(|d| d.kind == Kind::Control)
}

/// A collection on the way from the root to where the search is.
struct Level {
    id: NodeId,
    /// The child that is looked at next.
    next: Option<NodeId>,
    /// The key of the value that is looked at, in a mapping.
    key: Option<NodeId>,
    /// The number of children that were looked at.
    count: usize,
}

/// Keys that a mapping holds more than once. Keys of several branches of a template are none, and
/// neither are merge keys.
fn duplicates(source: &Source<'_>, root: NodeId, left: &mut usize) -> Vec<DuplicateKey> {
    let tree = source.tree;
    let mut found = Vec::new();
    let mut levels: Vec<Level> = Vec::new();
    let mut keys = Vec::new();
    let mut entered = Some(root);
    while *left > 0 {
        if let Some(id) = entered.take() {
            if let Some(first) = tree.children(id).next() {
                if matches!(tree.node(id).value, Value::Mapping(_)) {
                    repeated_keys(source, id, &mut keys, |key, first, second| {
                        if *left > 0 {
                            *left -= 1;
                            let parent = path(tree, &levels);
                            found.push(DuplicateKey {
                                key: key.to_owned(),
                                parent,
                                first,
                                second,
                            });
                        }
                    });
                }
                levels.push(Level {
                    id,
                    next: Some(first),
                    key: None,
                    count: 0,
                });
            }
            continue;
        }
        let Some(level) = levels.last_mut() else {
            break;
        };
        let Some(child) = level.next else {
            levels.pop();
            continue;
        };
        level.next = tree.node(child).next;
        level.count += 1;
        let is_mapping = matches!(tree.node(level.id).value, Value::Mapping(_));
        if is_mapping && level.count % 2 == 1 {
            level.key = Some(child);
        }
        if !matches!(tree.node(child).value, Value::Scalar { .. }) {
            entered = Some(child);
        }
    }
    found.sort_by_key(|duplicate| duplicate.second);
    found
}

/// Calls `report` with the text and both places of each key that stands in `mapping` again.
fn repeated_keys<'a>(
    source: &Source<'a>,
    mapping: NodeId,
    keys: &mut Vec<(&'a str, NodeId, u32)>,
    mut report: impl FnMut(&str, Span, Span),
) {
    let tree = source.tree;
    keys.clear();
    for (key, _) in tree.pairs(mapping) {
        let node = tree.node(key);
        if let Value::Scalar { text, plain } = &node.value
            && node.start < node.end
            && !touches(source.directives, node.start, node.end)
            && !(*plain && text == "<<")
        {
            keys.push((text, key, node.start));
        }
    }
    keys.sort_unstable_by_key(|&(text, _, start)| (text, start));
    for same in keys.chunk_by(|a, b| a.0 == b.0) {
        let [(text, first, _), others @ ..] = same else {
            continue;
        };
        let (mut first, mut before) = (tree.node(*first), tree.node(*first));
        for (_, key, _) in others {
            let key = tree.node(*key);
            if control_between(source.directives, before.end, key.start) {
                first = key;
            } else {
                let span = |node: &super::tree::Node<'_>| source.lines.span(node.start, node.end);
                report(text, span(first), span(key));
            }
            before = key;
        }
    }
}

/// The dotted path of the collection that is about to be entered, shortened from the left when it
/// is very long.
fn path(tree: &Tree<'_>, levels: &[Level]) -> String {
    let mut path = String::new();
    for level in levels {
        match &tree.node(level.id).value {
            Value::Sequence(_) => path.push_str(&format!("[{}]", level.count - 1)),
            _ => {
                if !path.is_empty() {
                    path.push('.');
                }
                if let Some(Value::Scalar { text, .. }) = level.key.map(|id| &tree.node(id).value) {
                    path.push_str(text);
                }
            }
        }
    }
    if path.len() > MAX_PATH {
        let mut cut = path.len() - MAX_PATH;
        while !path.is_char_boundary(cut) {
            cut += 1;
        }
        path.replace_range(..cut, "…");
    }
    path
}
