use super::*;
use crate::facts::{Container, DocumentShape, Probe, ProbeAction, ProbeKind};
use proptest::prelude::*;
use std::time::{Duration, Instant};

/// A span of one line.
fn at(line: u32, column: u32, end_column: u32) -> Span {
    Span {
        line,
        column,
        end_line: line,
        end_column,
    }
}

/// The text that a span covers, which must stand on one line.
fn covered(text: &str, span: Span) -> &str {
    assert_eq!(span.line, span.end_line);
    let line = text
        .split('\n')
        .nth(span.line as usize - 1)
        .expect("the line");
    &line[span.column as usize - 1..span.end_column as usize - 1]
}

fn read(text: &str) -> YamlFacts {
    let facts = parse("deploy/app.yaml", text);
    assert_eq!(facts.errors, [], "{text}");
    assert_eq!(facts.skipped, None);
    facts
}

/// A Deployment whose only container has these lines, each indented by ten.
fn deployment(container: &str) -> String {
    let mut text = String::from(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: api\nspec:\n  template:\n    \
         spec:\n      containers:\n        - name: api\n",
    );
    for line in container.lines() {
        text.push_str(&format!("          {line}\n"));
    }
    text
}

fn container(text: &str) -> Container {
    let facts = read(text);
    facts.documents[0].workloads[0].containers[0].clone()
}

fn probe(lines: &str) -> Probe {
    container(&deployment(lines)).probes[0].clone()
}

fn seconds(value: &Option<crate::facts::Located<i64>>) -> Option<i64> {
    value.as_ref().map(|v| v.value)
}

const DEPLOYMENT: &str = r#"# the stock service
apiVersion: apps/v1
kind: Deployment
metadata:
  name: stock-api
  labels: {app: stock, tier: "back"}
spec:
  template:
    metadata:
      labels:
        app: stock-pod
    spec:
      initContainers:
        - image: busybox
          name: wait
      containers:
        - name: api
          image: repo/stock-api:1.2
          env:
            - name: REDIS_ADDR
              value: "redis:6379"
            - name: PORT
              value: 8080
            - name: SECRET
              valueFrom: {secretKeyRef: {name: a, key: b}}
          startupProbe:
            exec: {command: [redis-cli, "ping"]}
          readinessProbe:
            httpGet:
              path: /readyz
              port: http
            timeoutSeconds: 3
            periodSeconds: "7"
            failureThreshold: 2
            initialDelaySeconds: 0
          livenessProbe:
            tcpSocket: {port: 8080}
            timeoutSeconds: soon
"#;

#[test]
fn a_deployment_in_full() {
    let facts = read(DEPLOYMENT);
    assert!(facts.relevant);
    let document = &facts.documents[0];
    assert_eq!(document.api_version.as_deref(), Some("apps/v1"));
    assert_eq!(document.kind.as_deref(), Some("Deployment"));
    assert_eq!(document.shape, DocumentShape::Kubernetes);
    assert!(!document.templated && document.duplicates.is_empty());
    let workload = &document.workloads[0];
    assert_eq!(
        (workload.kind.as_str(), workload.name.as_str()),
        ("Deployment", "stock-api")
    );
    assert_eq!(workload.span, at(3, 1, 5));
    let labels: Vec<_> = workload
        .labels
        .iter()
        .map(|(k, v)| (k.as_str(), v.as_str()))
        .collect();
    assert_eq!(
        labels,
        [("app", "stock-pod"), ("app", "stock"), ("tier", "back")]
    );

    let [api, wait] = workload.containers.as_slice() else {
        panic!("two containers")
    };
    assert_eq!(
        (wait.name.as_str(), wait.image.as_str()),
        ("wait", "busybox")
    );
    assert_eq!(covered(DEPLOYMENT, wait.span), "image");
    assert_eq!(
        (api.name.as_str(), api.image.as_str()),
        ("api", "repo/stock-api:1.2")
    );
    assert_eq!(api.span, at(17, 11, 15));
    let env: Vec<_> = api
        .env
        .iter()
        .map(|e| (e.name.as_str(), e.value.value.as_str()))
        .collect();
    assert_eq!(env, [("REDIS_ADDR", "redis:6379"), ("PORT", "8080")]);
    assert_eq!(covered(DEPLOYMENT, api.env[0].value.span), "\"redis:6379\"");

    let [startup, readiness, liveness] = api.probes.as_slice() else {
        panic!("three probes")
    };
    assert_eq!(startup.kind, ProbeKind::Startup);
    assert_eq!(
        startup.action,
        ProbeAction::Exec(vec!["redis-cli".into(), "ping".into()])
    );
    assert_eq!(seconds(&startup.timeout_seconds), None);
    assert!(!startup.templated);
    assert_eq!(readiness.kind, ProbeKind::Readiness);
    assert_eq!(covered(DEPLOYMENT, readiness.span), "readinessProbe");
    let ProbeAction::HttpGet { path, port } = &readiness.action else {
        panic!("httpGet")
    };
    assert_eq!((path.value.as_str(), port.as_str()), ("/readyz", "http"));
    assert_eq!(covered(DEPLOYMENT, path.span), "/readyz");
    assert_eq!(
        readiness.timeout_seconds.as_ref().map(|t| t.span),
        Some(at(32, 29, 30))
    );
    assert_eq!(seconds(&readiness.timeout_seconds), Some(3));
    assert_eq!(seconds(&readiness.period_seconds), Some(7));
    assert_eq!(seconds(&readiness.failure_threshold), Some(2));
    assert_eq!(seconds(&readiness.initial_delay_seconds), Some(0));
    assert!(!readiness.templated);
    assert_eq!(liveness.action, ProbeAction::Tcp);
    assert_eq!(seconds(&liveness.timeout_seconds), None);
    assert!(
        liveness.templated,
        "a value is there, but it cannot be read"
    );
}

#[test]
fn every_kind_of_workload() {
    let pod = |indent: usize| {
        let pad = " ".repeat(indent);
        format!("{pad}spec:\n{pad}  containers:\n{pad}    - name: c\n")
    };
    let template = |api: &str, kind: &str| {
        format!(
            "apiVersion: {api}\nkind: {kind}\nspec:\n  template:\n{}",
            pod(4)
        )
    };
    for kind in [
        "Deployment",
        "StatefulSet",
        "DaemonSet",
        "ReplicaSet",
        "Job",
        "DeploymentConfig",
    ] {
        let facts = read(&template("v1", kind));
        assert_eq!(facts.documents[0].workloads[0].kind, kind);
        assert_eq!(facts.documents[0].workloads[0].containers[0].name, "c");
    }
    let count = |text: &str| read(text).documents[0].workloads.len();
    assert_eq!(count(&template("v1", "ReplicationController")), 1);
    assert_eq!(count(&template("argoproj.io/v1alpha1", "Rollout")), 1);
    assert_eq!(count(&template("example.com/v1", "Rollout")), 0);
    assert_eq!(count(&template("serving.knative.dev/v1", "Service")), 1);
    assert_eq!(count(&template("v1", "Service")), 0);
    assert_eq!(count(&template("v1", "ConfigMap")), 0);
    assert_eq!(count(&format!("apiVersion: v1\nkind: Pod\n{}", pod(0))), 1);
    let cron =
        "apiVersion: batch/v1\nkind: CronJob\nspec:\n  jobTemplate:\n    spec:\n      template:\n";
    assert_eq!(count(&format!("{cron}{}", pod(8))), 1);
}

#[test]
fn lists_hold_workloads_of_each_item() {
    let text = "apiVersion: v1\nkind: List\nitems:\n\
                - {apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: x}]}}\n\
                - {apiVersion: v1, kind: Service, metadata: {name: b}}\n\
                - apiVersion: v1\n  kind: List\n  items:\n  \
                - {apiVersion: v1, kind: Pod, metadata: {name: c}, spec: {containers: []}}\n\
                - {apiVersion: v1, kind: Pod, metadata: {name: d}, spec: {containers: []}}\n";
    let facts = read(text);
    let names: Vec<_> = facts.documents[0]
        .workloads
        .iter()
        .map(|w| w.name.as_str())
        .collect();
    assert_eq!(names, ["a", "c", "d"]);
}

#[test]
fn shapes() {
    let shape = |path: &str, text: &str| parse(path, text).documents[0].shape;
    let object = "apiVersion: v1\nkind: Secret\n";
    assert_eq!(shape("a.yaml", object), DocumentShape::Kubernetes);
    assert_eq!(shape("values.yaml", object), DocumentShape::Kubernetes);
    assert_eq!(
        shape("a.yaml", "apiVersion: v1\nkind: [a]\n"),
        DocumentShape::Other
    );
    assert_eq!(shape("a.yaml", "apiVersion: v1\n"), DocumentShape::Other);
    for path in ["chart/values.yaml", "values-prod.yml", "prod-values.yaml"] {
        assert_eq!(shape(path, "a: 1\n"), DocumentShape::HelmValues, "{path}");
    }
    assert_eq!(shape("values/a.yaml", "a: 1\n"), DocumentShape::Other);
    for path in [
        "x/docker-compose.yml",
        "compose.yaml",
        "docker-compose.prod.yaml",
    ] {
        assert_eq!(
            shape(path, "services:\n  a: {}\n"),
            DocumentShape::Compose,
            "{path}"
        );
        assert_eq!(
            shape(path, "services: [a]\n"),
            DocumentShape::Other,
            "{path}"
        );
    }
    assert_eq!(
        shape("a.yaml", "services:\n  a: {}\n"),
        DocumentShape::Other
    );
}

#[test]
fn several_documents_and_empty_ones() {
    let facts = read("# only a comment\n---\n---\na: 1\n---\nb: 1\n...\n");
    assert_eq!(facts.documents.len(), 2);
    assert_eq!(read("").documents.len(), 0);
    assert_eq!(read("\u{feff}").documents.len(), 0);
    assert!(!read("a: 1").relevant);
}

#[test]
fn a_broken_document_does_not_hide_the_others() {
    let text = format!("a: 1\nb: [1\nc: 2\n---\n{DEPLOYMENT}");
    let facts = parse("a.yaml", &text);
    let [error] = facts.errors.as_slice() else {
        panic!("one error")
    };
    assert_eq!((error.span.line, error.partial), (3, true));
    assert_eq!(facts.documents.len(), 2);
    assert_eq!(facts.documents[1].workloads[0].name, "stock-api");

    let facts = parse("a.yaml", "\0\n");
    assert_eq!((facts.errors.len(), facts.errors[0].partial), (1, false));
    assert_eq!(facts.errors[0].span, at(1, 1, 1));
}

#[test]
fn a_probe_that_is_cut_off_proves_nothing() {
    let text = deployment("readinessProbe:\n  timeoutSeconds: 3\n  httpGet: {path: [}");
    let facts = parse("a.yaml", &text);
    assert_eq!((facts.errors.len(), facts.errors[0].partial), (1, true));
    let probe = &facts.documents[0].workloads[0].containers[0].probes[0];
    assert_eq!(seconds(&probe.timeout_seconds), Some(3));
    assert!(probe.templated);
}

#[test]
fn line_ends_and_wide_characters() {
    let text = "é: \"ü\"  # ñ\r\napiVersion: v1\r\nkind: Pod\r\nmetadata: {ö: ä, name: p}\r\nspec:\r\n  \
                containers:\r\n  - {ä: 1, name: ü, livenessProbe: {timeoutSeconds: 4}}\r\n";
    let facts = read(text);
    let workload = &facts.documents[0].workloads[0];
    assert_eq!((workload.name.as_str(), workload.span), ("p", at(3, 1, 5)));
    let container = &workload.containers[0];
    assert_eq!(
        (container.name.as_str(), container.span),
        ("ü", at(7, 6, 8))
    );
    let probe = &container.probes[0];
    assert_eq!(covered(text, probe.span), "livenessProbe");
    assert_eq!(
        covered(
            text,
            probe.timeout_seconds.as_ref().expect("a timeout").span
        ),
        "4"
    );

    let facts = read("\u{feff}a: 1\r\na: 2\r\n");
    assert_eq!(facts.documents[0].duplicates[0].first, at(1, 4, 5));
    assert_eq!(facts.documents[0].duplicates[0].second, at(2, 1, 2));
}

#[test]
fn a_comment_that_swallows_a_probe_makes_its_keys_duplicates() {
    let text = deployment(
        "startupProbe:\n  httpGet:\n    path: /a\n  timeoutSeconds: 2 # livenessProbe:\n  httpGet:\n    \
         path: /b\n  timeoutSeconds: 9",
    );
    let facts = read(&text);
    let found = &facts.documents[0].duplicates;
    let parent = "spec.template.spec.containers[0].startupProbe";
    assert_eq!(found.len(), 2);
    assert!(found.iter().all(|d| d.parent == parent));
    assert_eq!(
        (found[0].key.as_str(), found[0].first),
        ("httpGet", at(11, 13, 20))
    );
    assert_eq!(found[0].second, at(14, 13, 20));
    assert_eq!(
        (found[1].key.as_str(), found[1].second),
        ("timeoutSeconds", at(16, 13, 27))
    );
    // Kubernetes' reader takes the last.
    let probe = &facts.documents[0].workloads[0].containers[0].probes[0];
    assert_eq!(seconds(&probe.timeout_seconds), Some(9));
    let ProbeAction::HttpGet { path, .. } = &probe.action else {
        panic!("httpGet")
    };
    assert_eq!(path.value, "/b");
}

#[test]
fn duplicates_of_any_document() {
    let found = |text: &str| -> Vec<(String, String, u32, u32)> {
        let facts = read(text);
        let all = facts.documents.into_iter().flat_map(|d| d.duplicates);
        all.map(|d| (d.key, d.parent, d.first.line, d.second.line))
            .collect()
    };
    let entry = |key: &str, parent: &str, first, second| (key.into(), parent.into(), first, second);
    assert_eq!(
        found("a: 1\n'a': 2\n\"a\": 3\n"),
        [entry("a", "", 1, 2), entry("a", "", 1, 3)]
    );
    assert_eq!(
        found("- - x: {y: 1,\n  y: 2}\n"),
        [entry("y", "[0][0].x", 1, 2)]
    );
    assert_eq!(found("? {a: 1, a: 2}\n: b\n").len(), 1);
    // Other mappings, merge keys and other documents are no duplicates.
    assert_eq!(found("a: {c: 1}\nb: {c: 1}\n---\na: 1\n"), []);
    assert_eq!(
        found("x: &x {k: 1}\ny: &y {l: 1}\nz:\n  <<: *x\n  <<: *y\n  k: 2\n"),
        []
    );
    assert_eq!(found("a: |\n  b: 1\n  b: 2\n"), []);
}

#[test]
fn anchors_and_merge_keys() {
    let text = format!(
        "x-slow: &slow {{timeoutSeconds: 8, periodSeconds: 20}}\nx-get: &get {{httpGet: {{path: /up}}}}\n{}",
        deployment(
            "livenessProbe: &live\n  <<: [*get, *slow]\n  periodSeconds: 5\nreadinessProbe: *live\n\
             startupProbe:\n  <<: *slow",
        )
    );
    let container = container(&text);
    let [live, ready, startup] = container.probes.as_slice() else {
        panic!("three probes")
    };
    for probe in [live, ready] {
        assert_eq!(seconds(&probe.timeout_seconds), Some(8));
        assert_eq!(seconds(&probe.period_seconds), Some(5));
        assert!(matches!(&probe.action, ProbeAction::HttpGet { path, .. } if path.value == "/up"));
        assert!(!probe.templated);
    }
    assert_eq!(covered(&text, ready.span), "readinessProbe");
    assert_eq!(
        live.timeout_seconds.as_ref().expect("a timeout").span,
        at(1, 32, 33)
    );
    assert_eq!(seconds(&startup.period_seconds), Some(20));
    // A quoted `<<` is a key like any other.
    assert_eq!(
        seconds(&probe("livenessProbe: {'<<': {timeoutSeconds: 3}}").timeout_seconds),
        None
    );
}

#[test]
fn an_unknown_anchor_is_an_error_and_no_value() {
    let facts = parse("a.yaml", &deployment("livenessProbe: *none"));
    assert_eq!(facts.errors.len(), 1);
    assert_eq!(facts.errors[0].span, at(10, 26, 26));
    assert!(facts.errors[0].partial);
    assert!(facts.documents[0].workloads[0].containers[0].probes[0].templated);
}

#[test]
fn probes_that_are_none() {
    for lines in [
        "livenessProbe:",
        "livenessProbe: ~",
        "livenessProbe: null",
        "tty: true",
    ] {
        assert_eq!(container(&deployment(lines)).probes, [], "{lines}");
    }
    let empty = probe("livenessProbe: {}");
    assert_eq!(
        (empty.action, empty.templated),
        (ProbeAction::Unknown, false)
    );
    let path = |lines: &str| match probe(lines).action {
        ProbeAction::HttpGet { path, .. } => path.value,
        other => panic!("{other:?}"),
    };
    assert_eq!(path("livenessProbe: {httpGet: {port: 80}}"), "/");
    assert_eq!(path("livenessProbe: {httpGet: {port: 80, path: }}"), "/");
}

#[test]
fn templated_values_are_unknown() {
    let text = deployment(
        "image: \"repo/stock-api:{{ .Values.tag }}\"\nenv:\n- name: A\n  value: {{ .Values.a | quote }}\n\
         - name: B\n  value: b\nreadinessProbe:\n  httpGet:\n    path: /readyz\n    port: {{ .Values.port }}\n  \
         timeoutSeconds: {{ .Values.timeout }}\n  periodSeconds: 5\nlivenessProbe:\n  timeoutSeconds: 4",
    )
    .replace("name: api\nspec", "name: {{ include \"api.name\" . }}-x\nspec");
    let facts = read(&text);
    assert!(facts.documents[0].templated);
    let workload = &facts.documents[0].workloads[0];
    assert_eq!(workload.name, "");
    let container = &workload.containers[0];
    assert_eq!(container.image, "repo/stock-api");
    assert_eq!(container.env.len(), 1);
    assert_eq!(container.env[0].name, "B");
    let [readiness, liveness] = container.probes.as_slice() else {
        panic!("two probes")
    };
    assert_eq!(readiness.timeout_seconds, None);
    assert_eq!(seconds(&readiness.period_seconds), Some(5));
    assert!(readiness.templated);
    assert!(
        matches!(&readiness.action, ProbeAction::HttpGet { path, port }
        if path.value == "/readyz" && port.is_empty())
    );
    assert!(!liveness.templated);
    assert_eq!(
        covered(
            &text,
            liveness.timeout_seconds.as_ref().expect("a timeout").span
        ),
        "4"
    );
}

#[test]
fn literal_parts_of_images() {
    let image = |image: &str| container(&deployment(&format!("image: {image}"))).image;
    assert_eq!(image("{{ .a }}/team/api:1"), "team/api:1");
    assert_eq!(image("'{{ .a }}/api:{{ .b }}'"), "api");
    assert_eq!(image("repo:5000/api@{{ .b }}"), "repo:5000/api");
    assert_eq!(image("{{ .a }}:{{ .b }}"), "");
    assert_eq!(image("\"{{ .a }}\""), "");
    assert_eq!(image("repo/api-{{ .a }}:1"), "");
    assert_eq!(image("{{ if .a }}x{{ else }}y{{ end }}"), "");
}

#[test]
fn a_probe_that_a_template_prints() {
    for lines in [
        "livenessProbe:\n  {{- toYaml .Values.live | nindent 12 }}",
        "livenessProbe: {{- toYaml .Values.live | nindent 12 }}",
        "livenessProbe: {{ toYaml .Values.live }}",
        "livenessProbe:\n{{ toYaml .Values.live | indent 12 }}",
        "{{- with .Values.live }}\nlivenessProbe:\n  {{- toYaml . | nindent 12 }}\n{{- end }}\ntty: true",
        "livenessProbe:\n  timeoutSeconds: 3\n  {{- include \"more\" . | nindent 12 }}\ntty: true",
        "livenessProbe:\n  httpGet:\n    {{- toYaml . | nindent 14 }}",
        "livenessProbe:\n  {{- if .a }}\n  timeoutSeconds: 3\n  {{- end }}\n  periodSeconds: 2",
    ] {
        let probe = probe(lines);
        assert!(probe.templated, "{lines}");
        assert_eq!(probe.action, ProbeAction::Unknown, "{lines}");
    }
    for lines in [
        "livenessProbe:\n  timeoutSeconds: 3\n{{- include \"more\" . | nindent 10 }}\ntty: true",
        "livenessProbe:\n  timeoutSeconds: 3\n{{- if .Values.a }}\ntty: true\n{{- end }}",
        "livenessProbe:\n  # {{ .Values.a }}\n  {{/* a: 1 */}}\n  timeoutSeconds: 3\n  {{- end }}",
    ] {
        let probe = probe(lines);
        assert!(!probe.templated, "{lines}");
        assert_eq!(seconds(&probe.timeout_seconds), Some(3), "{lines}");
    }
    // What is merged counts too.
    let text = format!(
        "d: &d\n  timeoutSeconds: {{{{ .a }}}}\n{}",
        deployment("livenessProbe: *d")
    );
    assert!(container(&text).probes[0].templated);
}

#[test]
fn branches_of_a_template_are_no_duplicates() {
    let text = deployment(
        "livenessProbe:\n  {{- if .Values.http }}\n  httpGet:\n    path: /a\n  timeoutSeconds: 3\n  {{- else }}\n  \
         httpGet:\n    path: /b\n  timeoutSeconds: 4\n  {{- end }}\n  periodSeconds: 1\n  periodSeconds: 2",
    );
    let facts = read(&text);
    let keys: Vec<_> = facts.documents[0]
        .duplicates
        .iter()
        .map(|d| d.key.as_str())
        .collect();
    assert_eq!(keys, ["periodSeconds"]);
    let probe = &facts.documents[0].workloads[0].containers[0].probes[0];
    assert!(probe.templated);
    assert_eq!(probe.timeout_seconds, None, "it is either");
    assert_eq!(probe.action, ProbeAction::Unknown);

    let keys = |text: &str| read(text).documents[0].duplicates.len();
    assert_eq!(keys("{{ .a }}: 1\n{{ .b }}: 2\n"), 0);
    assert_eq!(keys("a: {{ .a }}\na: {{ .b }}\n"), 1);
    assert_eq!(keys("a: 1\n{{/* no branch */}}\na: 2\n"), 1);
    assert_eq!(
        keys("{{ if .a }}\na: 1\na: 2\n{{ else }}\na: 3\n{{ end }}\n"),
        1
    );
    assert_eq!(keys("{% if a %}\na: 1\n{% else %}\na: 2\n{% endif %}\n"), 0);
}

#[test]
fn template_text_in_strings_is_harmless() {
    let text = "apiVersion: v1\nkind: PrometheusRule\na: \"{{ $labels.instance }} is {{ if gt $value 1.0 }}high{{ end }}\"\n\
                b: |\n  {{ range .Alerts }}\n  - {{ .Name }}\n  {{ end }}\nc: ${{ github.sha }}\n---\nd: 1\n";
    let facts = read(text);
    let templated: Vec<_> = facts.documents.iter().map(|d| d.templated).collect();
    assert_eq!(templated, [true, false]);
    assert_eq!(facts.documents[0].kind.as_deref(), Some("PrometheusRule"));
}

#[test]
fn a_templated_kind_is_still_an_object() {
    let text = deployment("livenessProbe: {timeoutSeconds: 3}")
        .replace("kind: Deployment", "kind: {{ .Values.kind }}")
        .replace("apiVersion: apps/v1", "apiVersion: {{ include \"v\" . }}");
    let facts = read(&text);
    let document = &facts.documents[0];
    assert_eq!(
        (document.shape, &document.kind),
        (DocumentShape::Kubernetes, &None)
    );
    assert_eq!(document.workloads[0].kind, "");
    assert_eq!(document.workloads[0].containers[0].probes.len(), 1);
}

#[test]
fn a_template_that_no_mask_makes_readable() {
    let facts = parse(
        "t.yaml",
        "{{ if .a }}\na: 1\n  b: [\n{{ end }}\nkind: x: y\n",
    );
    let reason = facts.skipped.expect("a reason");
    assert!(
        reason.starts_with("template that cannot be read without rendering it: line "),
        "{reason}"
    );
    assert_eq!((facts.errors.len(), facts.documents.len()), (0, 0));
    // One document can be read: the other is an error.
    let facts = parse("t.yaml", "a: {{ .b }}\n---\na: [ {{ .c }}\n");
    assert_eq!(
        (facts.skipped, facts.errors.len(), facts.documents.len()),
        (None, 1, 1)
    );
    assert!(facts.errors[0].partial);
    // Without templates it is an error.
    let facts = parse("t.yaml", "a: [\n");
    assert_eq!((facts.skipped, facts.errors.len()), (None, 1));
}

#[test]
fn suppressions_are_comments() {
    let text = "# slotlint:ignore a, b -- it {{ .is }} ü\né: 1 # slotlint:ignore c\n\
                b: '# slotlint:ignore d'\nc: |\n  # slotlint:ignore e\nd: x#slotlint:ignore f\n\
                {{- /* slotlint:ignore g -- in a template */ -}}\n# see slotlint:ignore h\n";
    let facts = read(text);
    let found: Vec<_> = facts
        .suppressions
        .iter()
        .map(|s| (s.rules.join(","), s.span, s.trailing))
        .collect();
    assert_eq!(
        found,
        [
            ("a,b".to_owned(), at(1, 1, 42), false),
            ("c".to_owned(), at(2, 7, 26), true),
            ("g".to_owned(), at(7, 1, 49), false),
        ]
    );
    assert_eq!(
        facts.suppressions[0].reason.as_deref(),
        Some("it {{ .is }} ü")
    );
    assert_eq!(
        facts.suppressions[2].reason.as_deref(),
        Some("in a template")
    );
}

#[test]
fn relevance() {
    for text in [
        "a: readinessProbe",
        "livenessProbe:",
        "startupProbe:",
        "a: ReDiS",
        "x: my-valkey",
        "VALKEY",
    ] {
        assert!(parse("a.yaml", text).relevant, "{text}");
    }
    for text in ["", "redi", "d", "readinessprobe: 1", "val key", "re dis"] {
        assert!(!parse("a.yaml", text).relevant, "{text}");
    }
}

fn quick(text: &str) -> YamlFacts {
    let start = Instant::now();
    let facts = parse("values.yaml", text);
    // Generous: tests run unoptimised and on busy machines.
    assert!(
        start.elapsed() < Duration::from_secs(20),
        "{:?}",
        start.elapsed()
    );
    facts
}

#[test]
fn deep_nesting_is_an_error() {
    let maps: String = (0..10_000)
        .map(|i| format!("{}a:\n", " ".repeat(i)))
        .collect();
    for text in [
        "[".repeat(100_000),
        "{a: ".repeat(100_000),
        "- ".repeat(100_000),
        maps,
    ] {
        assert_eq!(quick(&text).errors.len(), 1);
    }
    let nested = format!("{}x{}", "[".repeat(10_000), "]".repeat(10_000));
    assert_eq!(quick(&nested).errors.len(), 1);
}

#[test]
fn alias_bombs_are_cheap() {
    let mut laughs = String::from("l0: &l0 {name: x, env: [{name: A, value: b}]}\n");
    let mut merges = String::from("m0: &m0 {k: 1}\n");
    for i in 1..30 {
        let last = i - 1;
        laughs.push_str(&format!(
            "l{i}: &l{i} [{}]\n",
            format!("*l{last},").repeat(9)
        ));
        merges.push_str(&format!(
            "m{i}: &m{i} {{<<: [{}]}}\n",
            format!("*m{last},").repeat(9)
        ));
    }
    let containers = deployment("livenessProbe: {<<: *m29}")
        .replace("- name: api", "- *l29\n        - name: api");
    let facts = quick(&format!("{laughs}{merges}{containers}"));
    assert!(
        facts
            .errors
            .iter()
            .any(|e| e.reason == "too many aliases to follow" && e.partial)
    );

    // One big container many times.
    let env: String = (0..2000)
        .map(|i| format!("{{name: A{i}, value: b}},"))
        .collect();
    let text = format!(
        "big: &big {{name: x, env: [{env}]}}\napiVersion: v1\nkind: Pod\nspec: {{containers: [{}]}}\n---\n{}",
        "*big,".repeat(20_000),
        deployment("livenessProbe: {timeoutSeconds: 3}")
    );
    let facts = quick(&text);
    assert_eq!(facts.errors.len(), 1);
    assert_eq!(facts.documents[0].workloads, []);
    assert_eq!(facts.documents[1].workloads.len(), 1);

    // A mapping that is merged into itself.
    let facts = quick(&deployment(
        "livenessProbe: &p\n  <<: *p\n  timeoutSeconds: 3",
    ));
    assert_eq!(facts.documents.len(), 1);
}

#[test]
fn a_long_document_without_aliases_stays_within_its_budget() {
    let item = "- {apiVersion: v1, kind: Pod, metadata: {name: a, labels: {b: c}}, spec: {containers: \
                [{name: c, image: d, livenessProbe: {httpGet: {path: /}, timeoutSeconds: 1}}]}}\n";
    let facts = quick(&format!(
        "apiVersion: v1\nkind: List\nitems:\n{}",
        item.repeat(3000)
    ));
    assert_eq!(facts.errors, []);
    assert_eq!(facts.documents[0].workloads.len(), 3000);
    let tiny = "- {kind: Pod, spec: {containers: [{a,b,c,d,e,f,g,h,i,j,k,l,m,n,livenessProbe: {a,b,c,d,e,f}}]}}\n";
    let facts = quick(&format!(
        "apiVersion: v1\nkind: List\nitems:\n{}",
        tiny.repeat(3000)
    ));
    assert_eq!(facts.errors, []);
}

#[test]
fn duplicates_are_bounded() {
    let facts = quick(&"a: 1\n".repeat(100_000));
    assert_eq!(facts.documents[0].duplicates.len(), 1000);
    assert_eq!(facts.errors.len(), 1);
    assert!(facts.errors[0].partial);
    let facts = quick(&"- {a: 1, a: 2}\n".repeat(50_000));
    assert_eq!(facts.documents[0].duplicates[999].parent, "[999]");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_text_is_read_the_same_way_twice(
        parts in proptest::collection::vec(
            prop_oneof![
                Just("apiVersion: v1\n"), Just("kind: Pod\n"), Just("kind: List\n"), Just("spec:\n"),
                Just("  containers:\n"), Just("  - name: a\n"), Just("    livenessProbe:\n"),
                Just("      <<: *a\n"), Just("      timeoutSeconds: 3\n"), Just("&a "), Just("*a"),
                Just("{{ if }}"), Just("{{- .a }}\n"), Just("{{ toYaml . | nindent 8 }}"), Just("{% a %}"),
                Just("image: "), Just("[items"), Just("]"), Just("{"), Just("}"), Just(": "), Just(", "),
                Just("---\n"), Just("...\n"), Just("\r\n"), Just("\n"), Just("\t"), Just("\0"), Just("\u{feff}"),
                Just("ü"), Just("\""), Just("'"), Just("|\n"), Just("# slotlint:ignore a\n"), Just("!t "),
                Just("? "), Just("- "), Just("  "), Just("%YAML 1.2\n"), Just("items:\n"),
            ],
            0..80,
        ),
    ) {
        let text = parts.concat();
        let facts = parse("values.yaml", &text);
        prop_assert_eq!(&facts, &parse("values.yaml", &text));
        for suppression in &facts.suppressions {
            prop_assert!(suppression.span.line >= 1 && suppression.span.column >= 1);
        }
    }

    #[test]
    fn arbitrary_text_never_panics(text in "\\PC{0,200}") {
        parse("compose.yaml", &text);
    }
}
