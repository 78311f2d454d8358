//! slotlint reads Go sources and deployment YAML, builds one model of which function sends which
//! Redis command to which key, and judges that model.
//!
//! Data flows one way: [`source`] (files to text), [`lang`] (text to facts), [`facts`] (plain data),
//! [`program`] (facts to one linked program), [`rules`] (program to findings), [`report`] (findings
//! to text and JSON). [`redis`] knows what is true of Redis and its clients; [`config`] what the
//! user decided. Only [`cli`] prints and exits. `docs/architecture.md` has the map and the reasons.

pub mod cli;
pub mod config;
pub mod facts;
pub mod lang;
pub mod program;
pub mod redis;
pub mod report;
pub mod rules;
pub mod source;
