//! `signet reference`: the command line as a Markdown page, made from what clap parses, so that
//! the page cannot say something else than the program does.

use std::fmt::Write;

use clap::{Arg, Command, CommandFactory};

use crate::args::Cli;
use crate::error::Result;
use crate::io;

/// Prints the page.
///
/// # Errors
/// Standard output cannot be written.
pub fn run() -> Result<()> {
    io::print(page(&Cli::command()).as_bytes())
}

fn page(program: &Command) -> String {
    let mut page = format!("# `{}`\n\n{}\n", program.get_name(), about(program));
    sections(&mut page, program.get_name(), program);
    page
}

/// A verb that has verbs of its own is only the way to them.
fn sections(page: &mut String, path: &str, program: &Command) {
    for verb in program.get_subcommands().filter(|verb| !verb.is_hide_set()) {
        if verb.has_subcommands() {
            sections(page, &format!("{path} {}", verb.get_name()), verb);
        } else {
            section(page, path, verb);
        }
    }
}

fn section(page: &mut String, program: &str, verb: &Command) {
    let name = verb.get_name();
    let mut usage = verb.clone().bin_name(format!("{program} {name}"));
    let usage = usage.render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ");
    put(
        page,
        format_args!(
            "\n## `{program} {name}`\n\n{}\n\n```text\n{usage}\n```\n",
            about(verb)
        ),
    );
    let mut heading = None;
    for arg in verb.get_arguments().filter(|arg| !arg.is_hide_set()) {
        if heading != Some(arg.get_help_heading()) {
            heading = Some(arg.get_help_heading());
            put(
                page,
                format_args!(
                    "\n{}\n\n",
                    arg.get_help_heading()
                        .map_or("Arguments and flags:".to_owned(), |h| format!("{h}:"))
                ),
            );
        }
        put(page, format_args!("- {}: {}\n", signature(arg), help(arg)));
    }
    if let Some(example) = verb.get_after_help() {
        put(page, format_args!("\n{example}\n"));
    }
}

fn signature(arg: &Arg) -> String {
    let value = arg
        .get_value_names()
        .and_then(<[_]>::first)
        .filter(|_| arg.get_action().takes_values());
    let value = value.map_or_else(String::new, |name| format!(" <{name}>"));
    match (arg.get_short(), arg.get_long()) {
        (Some(short), Some(long)) => format!("`-{short}, --{long}{value}`"),
        (None, Some(long)) => format!("`--{long}{value}`"),
        (Some(short), None) => format!("`-{short}{value}`"),
        (None, None) => format!("`{}`", value.trim()),
    }
}

fn help(arg: &Arg) -> String {
    let mut help = arg
        .get_long_help()
        .or(arg.get_help())
        .map(ToString::to_string)
        .unwrap_or_default();
    let values: Vec<_> = arg
        .get_possible_values()
        .iter()
        .filter(|v| !v.is_hide_set())
        .map(|v| format!("`{}`", v.get_name()))
        .collect();
    if arg.get_action().takes_values() && !values.is_empty() {
        put(&mut help, format_args!(" ({})", values.join(", ")));
    }
    let defaults: Vec<_> = arg
        .get_default_values()
        .iter()
        .map(|v| v.to_string_lossy())
        .collect();
    if arg.get_action().takes_values() && !defaults.is_empty() {
        put(
            &mut help,
            format_args!(" [default: {}]", defaults.join(", ")),
        );
    }
    help
}

fn about(command: &Command) -> String {
    command
        .get_long_about()
        .or(command.get_about())
        .map(ToString::to_string)
        .unwrap_or_default()
}

/// Writing to a String cannot fail.
fn put(page: &mut String, text: std::fmt::Arguments<'_>) {
    let _ = page.write_fmt(text);
}
