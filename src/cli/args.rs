//! What can be written on the command line.

use crate::config::{
    ClusterMode, FailOn, Latency, LatencyOrigin, nearest, parse_duration_ms, parse_latency_target,
};
use crate::rules;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};
use std::ffi::OsString;
use std::path::PathBuf;

/// Finds Redis keys and commands that will hurt in a cluster or under load, and probes that cannot
/// hold.
#[derive(Debug, Parser)]
#[command(name = "slotlint", version, about, max_term_width = 100)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Reads Go and Rust sources and deployment YAML and reports what is wrong
    Check(Box<Check>),
    /// Prints slot and hash tag of each key, and fails when the slots differ
    Slot(Slot),
    /// Prints a rule's page, or lists the rules
    Explain(Explain),
    /// Lists the rules with severity and category
    Rules,
    /// Tells what is known of a place in the code
    Facts(Facts),
}

#[derive(Debug, Args)]
pub(super) struct Check {
    /// Files and folders that make up one program; `-` reads rendered YAML from standard input
    #[arg(value_name = "PATH", default_value = ".")]
    pub(super) paths: Vec<PathBuf>,

    /// Output format (text or json), to a file if one is given; repeatable, at most one without a file
    #[arg(long, value_name = "NAME[=FILE]", value_parser = format)]
    pub(super) format: Vec<Format>,

    #[command(flatten)]
    pub(super) configuration: Configuration,

    /// Measured latency of a request path, such as /readyz=18.8s or gateway:/readyz=350ms
    #[arg(long, value_name = "[SERVICE:]PATH=DURATION", value_parser = latency)]
    pub(super) latency: Vec<Latency>,

    /// Run only these rules
    #[arg(long, value_name = "RULE", value_delimiter = ',', value_parser = rule)]
    pub(super) select: Vec<String>,

    /// Leave these rules out
    #[arg(long, value_name = "RULE", value_delimiter = ',', value_parser = rule)]
    pub(super) ignore: Vec<String>,

    /// The least severity that makes the run fail [default: warning]
    #[arg(long, value_name = "SEVERITY", value_parser = fail_on())]
    pub(super) fail_on: Option<FailOn>,

    /// Report notes too, and keys of which it cannot be told whether they share a slot
    #[arg(long)]
    pub(super) pedantic: bool,

    /// Whether the servers form a cluster [default: auto]
    #[arg(long, value_name = "MODE", value_parser = cluster())]
    pub(super) cluster: Option<ClusterMode>,

    /// Judge test code too
    #[arg(long)]
    pub(super) tests: bool,

    /// How many threads read files [default: one a core]
    #[arg(long, value_name = "N", value_parser = jobs)]
    pub(super) jobs: Option<usize>,

    /// Say on standard error which configuration is used and what is read
    #[arg(long)]
    pub(super) verbose: bool,

    /// Count findings by rule
    #[arg(long)]
    pub(super) statistics: bool,

    /// Print findings and errors only: no summary, nothing about skipped files
    #[arg(long, conflicts_with = "verbose")]
    pub(super) quiet: bool,
}

#[derive(Debug, Default, Args)]
pub(super) struct Configuration {
    /// The configuration file [default: slotlint.yaml, upwards from each path]
    #[arg(long, value_name = "FILE", conflicts_with = "isolated")]
    pub(super) config: Option<PathBuf>,

    /// Read no configuration file
    #[arg(long)]
    pub(super) isolated: bool,
}

#[derive(Debug, Args)]
pub(super) struct Slot {
    /// The keys, as bytes
    #[arg(value_name = "KEY", required = true)]
    pub(super) keys: Vec<OsString>,
}

#[derive(Debug, Args)]
pub(super) struct Explain {
    /// The rule; without it all are listed
    #[arg(value_name = "RULE", value_parser = rule)]
    pub(super) rule: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct Facts {
    /// The place, such as routes/queue.go:113
    #[arg(long, value_name = "FILE:LINE", value_parser = at)]
    pub(super) at: At,

    /// Files and folders that make up one program
    #[arg(value_name = "PATH", default_value = ".")]
    pub(super) paths: Vec<PathBuf>,

    #[command(flatten)]
    pub(super) configuration: Configuration,
}

/// A document to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Format {
    pub(super) kind: FormatKind,
    /// Where to; standard output if there is none.
    pub(super) file: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FormatKind {
    Text,
    Json,
}

/// A line of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct At {
    pub(super) file: PathBuf,
    /// 1-based.
    pub(super) line: u32,
}

const FORMATS: [&str; 2] = ["text", "json"];

fn format(text: &str) -> Result<Format, String> {
    let (name, file) = match text.split_once('=') {
        Some((_, "")) => return Err("the file name is missing".to_owned()),
        Some((name, file)) => (name, Some(PathBuf::from(file))),
        None => (text, None),
    };
    let kind = match name {
        "text" => FormatKind::Text,
        "json" => FormatKind::Json,
        _ => return Err(unknown("format", name, FORMATS)),
    };
    Ok(Format { kind, file })
}

fn latency(text: &str) -> Result<Latency, String> {
    // The last `=`: a path may hold a query.
    let (target, value) = text.rsplit_once('=').ok_or("write it like /readyz=18.8s")?;
    let (service, path) = parse_latency_target(target)
        .ok_or_else(|| format!("`{target}` is no request path: a path begins with `/`"))?;
    let value_ms = parse_duration_ms(value)
        .ok_or_else(|| format!("`{value}` is no duration: write it like 18.8s or 350ms"))?;
    Ok(Latency {
        service,
        path,
        value_ms,
        origin: LatencyOrigin::CommandLine,
    })
}

fn rule(text: &str) -> Result<String, String> {
    let names = || rules::ALL.iter().map(|rule| rule.id);
    if names().any(|name| name == text) {
        Ok(text.to_owned())
    } else if let Some(near) = nearest(text, names()) {
        Err(format!("unknown rule `{text}`, did you mean `{near}`?"))
    } else {
        Err(format!("unknown rule `{text}`, see `slotlint rules`"))
    }
}

fn unknown<const N: usize>(what: &str, word: &str, known: [&'static str; N]) -> String {
    match nearest(word, known) {
        Some(near) => format!("unknown {what} `{word}`, did you mean `{near}`?"),
        None => format!("unknown {what} `{word}`, known are: {}", known.join(", ")),
    }
}

fn fail_on() -> impl TypedValueParser<Value = FailOn> {
    PossibleValuesParser::new(FailOn::WORDS)
        .try_map(|word| FailOn::parse(&word).ok_or("unknown severity"))
}

fn cluster() -> impl TypedValueParser<Value = ClusterMode> {
    PossibleValuesParser::new(ClusterMode::WORDS)
        .try_map(|word| ClusterMode::parse(&word).ok_or("unknown mode"))
}

fn jobs(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("a number above 0 is expected".to_owned()),
        Ok(jobs) => Ok(jobs),
    }
}

fn at(text: &str) -> Result<At, String> {
    let place = text.rsplit_once(':').and_then(|(file, line)| {
        let line: u32 = line.parse().ok()?;
        (line > 0 && !file.is_empty()).then(|| At {
            file: PathBuf::from(file),
            line,
        })
    });
    place.ok_or_else(|| "write it like routes/queue.go:113".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn values_are_read() {
        assert_eq!(
            format("json=out/x.json").unwrap().file,
            Some(PathBuf::from("out/x.json"))
        );
        assert_eq!(format("text").unwrap().kind, FormatKind::Text);
        assert!(format("jsn").unwrap_err().contains("`json`"));
        assert!(format("json=").is_err());
        let value = latency("gateway:/readyz?x=1=18.814s").unwrap();
        assert_eq!(value.path, "/readyz?x=1");
        assert_eq!(value.value_ms, 18_814);
        assert!(latency("/readyz").is_err() && latency("readyz=1s").is_err());
        assert!(latency("/readyz=18").is_err());
        assert_eq!(at("C:/a.go:12").unwrap().line, 12);
        assert!(at("a.go").is_err() && at("a.go:0").is_err() && at(":3").is_err());
        assert!(jobs("0").is_err() && jobs("x").is_err());
    }
}
