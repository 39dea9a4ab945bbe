//! The rewrite of one definition: a usual one in JSON and YAML, and shapes that ought to hurt, each at
//! 64 KiB, 256 KiB and 1 MiB, so that a cost that is not linear shows.

use std::{fmt::Write as _, hint::black_box};

use criterion::{BenchmarkId, Criterion, Throughput};
use repoint::asl::{Existing, RewritePolicy, Scope, problems, rewrite, sent_text};

/// Sizes in KiB.
const SIZES: [usize; 3] = [64, 256, 1024];

/// Makes a text of about that many bytes.
type Shape = fn(usize) -> String;

const SHAPES: [(&str, Shape); 10] = [
    ("json", json),
    ("yaml", yaml),
    ("json tiny states", json_tiny_states),
    ("json one string", json_one_string),
    ("json escapes", json_escapes),
    ("json 120 levels", json_levels),
    ("yaml tiny states", yaml_tiny_states),
    ("yaml one string", yaml_one_string),
    ("yaml list items", yaml_list_items),
    ("yaml anchors", yaml_anchors),
];

fn main() {
    let mut criterion = Criterion::default().sample_size(20).configure_from_args();
    for (name, shape) in SHAPES {
        let mut group = criterion.benchmark_group(name);
        for size in SIZES {
            let text = shape(size * 1024);
            group.throughput(Throughput::Bytes(text.len() as u64));
            group.bench_with_input(BenchmarkId::new("rewrite", size), &text, |bencher, text| {
                bencher.iter(|| rewrite(black_box(text), &policy()).expect("it is a definition"));
            });
        }
        group.finish();
    }
    let mut group = criterion.benchmark_group("the rest");
    for (name, shape) in [("json", json as Shape), ("yaml", yaml)] {
        let text = shape(1024 * 1024);
        group.bench_function(format!("problems {name} 1024"), |bencher| {
            bencher.iter(|| problems(black_box(&text)).expect("it is a definition"));
        });
        group.bench_function(format!("sent_text {name} 1024"), |bencher| {
            bencher.iter(|| sent_text(black_box(&text)).expect("it is a definition").len());
        });
    }
    group.finish();
    criterion.final_summary();
}

fn policy() -> RewritePolicy {
    RewritePolicy { alias: "LIVE".to_owned(), existing: Existing::All, scope: Scope::default() }
}

/// Repeats a part, numbered from 0, until the text is long enough.
fn repeated(head: &str, tail: &str, length: usize, part: fn(&mut String, usize)) -> String {
    let mut text = head.to_owned();
    let mut index = 0;
    while text.len() < length {
        part(&mut text, index);
        index += 1;
    }
    text.push_str(tail);
    text
}

/// A task that invokes a function, with what tasks usually have around it.
fn json(length: usize) -> String {
    repeated(
        "{\n  \"StartAt\": \"s0\",\n  \"States\": {\n",
        "\"end\": {\"Type\": \"Succeed\"}}}\n",
        length,
        |text, index| {
            let next = index + 1;
            writeln!(
            text,
            "    \"s{index}\": {{\n      \"Type\": \"Task\",\n      \"Resource\": \"arn:aws:states:::lambda:invoke\",\n      \
             \"Parameters\": {{ \"FunctionName\": \"orders-{index}:7\", \"Payload.$\": \"$\" }},\n      \"Retry\": \
             [{{ \"ErrorEquals\": [\"Lambda.ServiceException\"], \"MaxAttempts\": 6, \"BackoffRate\": 2 }}],\n      \
             \"ResultPath\": null,\n      \"Next\": \"s{next}\"\n    }},"
        )
        .expect("a string takes all");
        },
    )
}

fn yaml(length: usize) -> String {
    repeated("StartAt: s0\nStates:\n", "  end: {Type: Succeed}\n", length, |text, index| {
        let next = index + 1;
        write!(
            text,
            "  s{index}:   # step\n    Type: Task\n    Resource: 'arn:aws:states:::lambda:invoke'\n    Parameters:\n      \
             FunctionName: >-\n        orders-{index}:7\n      Payload.$: \"$\"\n    Retry:\n    - ErrorEquals: \
             [Lambda.ServiceException]\n      MaxAttempts: 6\n      BackoffRate: 2\n    ResultPath: null\n    \
             Next: s{next}\n"
        )
        .expect("a string takes all");
    })
}

fn json_tiny_states(length: usize) -> String {
    repeated("{\"StartAt\":\"0\",\"States\":{", "\"e\":{}}}", length, |text, index| {
        write!(text, "\"{index}\":{{}},").expect("a string takes all");
    })
}

fn yaml_tiny_states(length: usize) -> String {
    repeated("StartAt: 0\nStates:\n", "", length, |text, index| {
        writeln!(text, " {index}: a").expect("a string takes all");
    })
}

fn json_one_string(length: usize) -> String {
    format!("{{\"StartAt\": \"A\", \"States\": {{}}, \"Comment\": \"{}\"}}", "x".repeat(length))
}

fn yaml_one_string(length: usize) -> String {
    format!("StartAt: A\nStates: {{}}\nComment: |\n{}", "  x y\n".repeat(length / 6))
}

/// Every character of a name is an escape, and so is every one of a long function name.
fn json_escapes(length: usize) -> String {
    let name = "\\u0061".repeat(length / 6);
    format!(
        "{{\"StartAt\": \"A\", \"States\": {{\"A\": {{\"Type\": \"Task\", \"Resource\": \"arn:aws:lambda:::function:{name}\"}}}}}}"
    )
}

fn json_levels(length: usize) -> String {
    repeated("{\"StartAt\":\"A\",\"States\":{},\"x\":[", "0]}", length, |text, _| {
        text.push_str(&"[".repeat(120));
        text.push_str(&"]".repeat(120));
        text.push(',');
    })
}

fn yaml_list_items(length: usize) -> String {
    format!("StartAt: A\nStates: {{}}\nx: [{}]\n", "x,".repeat(length / 2))
}

fn yaml_anchors(length: usize) -> String {
    repeated("StartAt: A\nStates: {}\n", "", length, |text, index| {
        writeln!(text, "k{index}: &a{index} xxxxxxxxxxxxxxxxxxxxxxxx\nl{index}: *a{index}")
            .expect("a string takes all");
    })
}
