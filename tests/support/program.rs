//! The real program as a child process, and its whole output as a snapshot.

use std::{
    fmt,
    io::Read,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex, mpsc},
    thread,
    time::Duration,
};

/// How long a child may take before it is ended: only a program that hangs needs so long.
const PATIENCE: Duration = Duration::from_mins(3);

/// The program while it runs.
pub(crate) struct Running {
    command: String,
    base: PathBuf,
    child: Child,
    stdout: Collected,
    stderr: Collected,
    ended: mpsc::Receiver<()>,
}

impl Running {
    /// Starts a command whose output names this folder as `[base]`.
    pub(crate) fn start(command: &mut Command, shown: &str, base: &Path) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let (sender, ended) = mpsc::channel();
        let stdout = collecting(child.stdout.take().expect("it is piped"), sender.clone());
        let stderr = collecting(child.stderr.take().expect("it is piped"), sender);
        Self { command: shown.to_owned(), base: base.to_owned(), child, stdout, stderr, ended }
    }

    /// Returns its process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Returns the whole lines that it has written to standard error until now.
    pub(crate) fn stderr_until_now(&self) -> String {
        self.stderr.text.lock().expect("it is only text").clone()
    }

    /// Ends it at once, without a chance to clean up.
    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("the program can be ended");
    }

    /// Sends it a signal, such as `INT` or `TERM`.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("sh").args(["-c", &format!("kill -{name} {}", self.id())]).status();
        assert!(sent.expect("sh is there").success(), "the program has ended already");
    }

    /// Waits for its end. A program that hangs is ended and fails the test.
    pub(crate) fn finish(mut self) -> Output {
        let streams = [self.ended.recv_timeout(PATIENCE), self.ended.recv_timeout(PATIENCE)];
        let is_hanging = streams.iter().any(Result::is_err);
        if is_hanging {
            self.kill();
        }
        let status: ExitStatus = self.child.wait().expect("the program ends");
        let base = self.base.display().to_string();
        let output = Output {
            stdout: self.stdout.whole().replace(&base, "[base]"),
            stderr: self.stderr.whole().replace(&base, "[base]"),
            code: status.code(),
            command: self.command,
        };
        assert!(!is_hanging, "it hangs: {output}");
        output
    }
}

fn collecting(mut stream: impl Read + Send + 'static, ended: mpsc::Sender<()>) -> Collected {
    let text = Arc::new(Mutex::new(String::new()));
    let shared = Arc::clone(&text);
    let thread = thread::spawn(move || {
        let mut bytes = [0; 8192];
        let mut rest = Vec::new();
        while let Ok(count @ 1..) = stream.read(&mut bytes) {
            rest.extend_from_slice(&bytes[..count]);
            let whole = rest.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
            let lines: Vec<u8> = rest.drain(..whole).collect();
            shared.lock().expect("it is only text").push_str(&String::from_utf8_lossy(&lines));
        }
        shared.lock().expect("it is only text").push_str(&String::from_utf8_lossy(&rest));
        // Nobody listens any more where the test has failed already.
        let _ = ended.send(());
    });
    Collected { text, thread }
}

struct Collected {
    text: Arc<Mutex<String>>,
    thread: thread::JoinHandle<()>,
}

impl Collected {
    fn whole(self) -> String {
        self.thread.join().expect("reading does not fail");
        self.text.lock().expect("it is only text").clone()
    }
}

/// What a command came to. The folder of the test is `[base]` in it.
pub(crate) struct Output {
    pub(crate) command: String,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) code: Option<i32>,
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { command, stdout, stderr, code } = self;
        let code = code.map_or_else(|| "ended by a signal".to_owned(), |code| format!("exit code {code}"));
        write!(f, "$ {command}\n{code}\n--- stdout\n{stdout}--- stderr\n{stderr}")
    }
}

/// What differs between two runs of one test, and what stands for it.
pub(crate) const FILTERS: &[(&str, &str)] = &[
    (r"\[base\]/project", "[project]"),
    (r"127\.0\.0\.1:\d+", "127.0.0.1:[port]"),
    (r"localhost:\d+", "localhost:[port]"),
    (r"deploy-\d{8}T\d{6}Z-[0-9a-f]{4}", "[deployment]"),
    (r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|\+0000)", "[time]"),
    (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "[uuid]"),
    (r"\b[0-9a-f]{64}\b", "[sha256]"),
    (r"(dev|prod)-[0-9a-f]{8}\b", "$1-[digest]"),
    (r"(Applying plan|has digest) [0-9a-f]{8}\b", "$1 [digest]"),
    // How long an action or a deployment took; a table has no wider column for it.
    (r"\b\d{1,2}\.\ds\b", "[s]"),
    (r#""seconds": \d+(\.\d+)?"#, r#""seconds": [s]"#),
    // How long the line is depends on how many digits a time of day has.
    (r"(state\.json` is damaged: .* column) \d+", "$1 [n]"),
    (r"\(process \d+", "(process [pid]"),
    (r"process \d+ on \S+:", "process [pid] on [host]:"),
    (r"tester@[A-Za-z0-9_.-]+", "tester@[host]"),
];

/// Asserts the whole of an output (command, exit code, both streams) against the snapshot of a name.
macro_rules! assert_output {
    ($name:expr, $output:expr) => {
        insta::with_settings!(
            { omit_expression => true, filters => crate::sandbox::FILTERS.iter().copied() },
            { insta::assert_snapshot!($name, $output.to_string()) }
        )
    };
}
pub(crate) use assert_output;
