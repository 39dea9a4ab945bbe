//! Random accounts, random wishes and random pasts, small enough to be read when a law breaks.
//!
//! A case speaks of versions by number and of functions and aliases by index, so that it shrinks well;
//! [`crate::desire`] and [`crate::scene`] take an index modulo what there is.

use proptest::{collection, option, prelude::*};

/// The aliases that a wish may declare, in the order in which one may follow another.
pub(crate) const ALIASES: [&str; 4] = ["LIVE", "ROLLBACK", "STAGING", "CANARY"];

/// How many of them a machine may declare.
pub(crate) const MACHINE_ALIASES: usize = 2;

/// An alias that no wish declares.
pub(crate) const UNLISTED: &str = "HAND";

/// An account, what the TOML says of it, and how it came to be.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) functions: Vec<FunctionCase>,
    pub(crate) machines: Vec<MachineCase>,
    pub(crate) past: Option<Past>,
    pub(crate) max_deletes: u32,
    pub(crate) parallelism: u32,
    /// How many items a page of a list has; nothing means AWS's fifty.
    pub(crate) page_size: Option<usize>,
}

/// A function as it is and as it shall be.
#[derive(Debug, Clone)]
pub(crate) struct FunctionCase {
    /// Whether AWS does not have it; the wish then declares all that a creation needs.
    pub(crate) is_absent: bool,
    /// What was published, oldest first; the numbers begin with 1.
    pub(crate) versions: Vec<Content>,
    pub(crate) latest: Content,
    /// Where the aliases are: those of [`ALIASES`], and then [`UNLISTED`].
    pub(crate) aliases: Vec<Option<Spot>>,
    pub(crate) wish: FunctionWish,
}

/// Everything that a version locks, as far as it is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Content {
    pub(crate) code: u8,
    pub(crate) memory: u8,
    /// The value of the one environment variable; zero for none.
    pub(crate) variable: u8,
    pub(crate) role: u8,
}

/// Where an alias is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spot {
    Latest,
    At(u8),
    Split(u8, u8),
}

/// What the TOML says of a function.
#[derive(Debug, Clone)]
pub(crate) struct FunctionWish {
    pub(crate) code: Option<u8>,
    pub(crate) memory: Option<u8>,
    pub(crate) role: Option<u8>,
    pub(crate) description: Option<u8>,
    pub(crate) arm: bool,
    /// The targets of [`ALIASES`]; the first is always declared.
    pub(crate) live: Target,
    pub(crate) others: Vec<Option<Target>>,
    pub(crate) retention: Option<Keep>,
    /// The number of its group.
    pub(crate) group: Option<u8>,
}

/// The target of an alias; what it follows is an alias before it.
#[derive(Debug, Clone)]
pub(crate) enum Target {
    Latest,
    Manual,
    Pinned(u8),
    Previous(u8),
    SameAs(u8),
    Split(Side, u8, Side),
}

/// A side of a split.
#[derive(Debug, Clone)]
pub(crate) enum Side {
    Latest,
    Version(u8),
    Previous(u8),
}

/// A retention.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Keep {
    pub(crate) newest: u32,
    pub(crate) hours: i64,
}

/// How the references of a state machine are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sent {
    /// Through LIVE.
    Alias,
    /// Pinned to the latest version.
    Version,
    AsWritten,
}

/// A state machine as it is and as it shall be.
#[derive(Debug, Clone)]
pub(crate) struct MachineCase {
    /// Whether AWS does not have it; the wish then declares all that a creation needs.
    pub(crate) is_absent: bool,
    pub(crate) live: Vec<Call>,
    pub(crate) wish: Vec<Call>,
    /// How references are sent.
    pub(crate) sent: Sent,
    /// Whether the definition is written on many lines.
    pub(crate) is_pretty: bool,
    pub(crate) role: Option<u8>,
    /// What was published before it became what it is.
    pub(crate) published: Vec<Vec<Call>>,
    /// Where its aliases are: the first two of [`ALIASES`], and then [`UNLISTED`].
    pub(crate) aliases: Vec<Option<Spot>>,
    /// What the TOML says of its versions and aliases, if it does.
    pub(crate) line: Option<LineWish>,
}

/// What the TOML says of the versions and aliases of a machine.
#[derive(Debug, Clone)]
pub(crate) struct LineWish {
    /// The targets of the first two of [`ALIASES`].
    pub(crate) targets: Vec<Option<Target>>,
    pub(crate) retention: Option<Keep>,
}

/// A state that calls a function.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call {
    /// One more than the functions there are is a function that nobody manages.
    pub(crate) function: u8,
    pub(crate) form: Form,
    pub(crate) qualifier: Called,
}

/// How the function is written.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Form {
    Resource,
    Name,
    Arn,
}

/// What stands behind the name.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Called {
    Bare,
    Latest,
    Version(u8),
    Alias(u8),
}

/// An earlier apply with other code, time, and what people did since.
#[derive(Debug, Clone)]
pub(crate) struct Past {
    /// The code that the functions had declared then.
    pub(crate) code: u8,
    pub(crate) hours: u64,
    pub(crate) moves: Vec<Move>,
    /// The time between the moves and the apply that the law is about.
    pub(crate) hours_since: u64,
}

/// Something that somebody does by hand; what AWS refuses does not happen.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Move {
    Alias {
        function: u8,
        alias: u8,
        to: Spot,
    },
    DropAlias {
        function: u8,
        alias: u8,
    },
    Update {
        function: u8,
        content: Content,
    },
    Publish {
        function: u8,
    },
    /// Never of the newest: AWS would go on answering with it (T2), and nothing could be published.
    DropVersion {
        function: u8,
        version: u8,
    },
    Machine {
        machine: u8,
        call: Call,
    },
    MachineAlias {
        machine: u8,
        alias: u8,
        to: Spot,
    },
    PublishMachine {
        machine: u8,
    },
    DropMachineVersion {
        machine: u8,
        version: u8,
    },
}

/// Draws a case.
pub(crate) fn case() -> impl Strategy<Value = Case> {
    let functions = collection::vec(function(), 1..=4);
    let machines = collection::vec(machine(), 0..=2);
    let limit = prop_oneof![6 => Just(50_u32), 1 => 0..=1_u32];
    let parallelism = prop_oneof![3 => Just(10_u32), 1 => 1..=2_u32];
    let page_size = prop_oneof![3 => Just(None), 1 => Just(Some(2_usize))];
    (functions, machines, option::weighted(0.6, past()), limit, parallelism, page_size).prop_map(
        |(functions, machines, past, max_deletes, parallelism, page_size)| Case {
            functions,
            machines,
            past,
            max_deletes,
            parallelism,
            page_size,
        },
    )
}

fn function() -> impl Strategy<Value = FunctionCase> {
    let aliases = collection::vec(option::of(spot()), ALIASES.len() + 1);
    let absent = prop::bool::weighted(0.15);
    (collection::vec(content(), 0..=6), content(), aliases, wish(), absent).prop_map(
        |(versions, latest, aliases, wish, is_absent)| {
            let (versions, aliases) = if is_absent { Default::default() } else { (versions, aliases) };
            FunctionCase { is_absent, versions, latest, aliases, wish }
        },
    )
}

fn content() -> impl Strategy<Value = Content> {
    let role = prop_oneof![8 => Just(0_u8), 1 => Just(1_u8)];
    (0..3_u8, 0..2_u8, 0..3_u8, role).prop_map(|(code, memory, variable, role)| Content {
        code,
        memory,
        variable,
        role,
    })
}

fn spot() -> impl Strategy<Value = Spot> {
    prop_oneof![
        1 => Just(Spot::Latest),
        6 => (0..6_u8).prop_map(Spot::At),
        2 => (0..6_u8, 0..6_u8).prop_map(|(one, two)| Spot::Split(one, two)),
    ]
}

fn wish() -> impl Strategy<Value = FunctionWish> {
    let others = collection::vec(option::weighted(0.7, target()), ALIASES.len() - 1);
    let settings = (
        option::weighted(0.3, 0..2_u8),
        option::weighted(0.1, 0..2_u8),
        option::weighted(0.2, 0..3_u8),
        prop::bool::weighted(0.1),
    );
    let retention = option::weighted(0.7, keep());
    let group = option::weighted(0.5, 0..2_u8);
    (option::weighted(0.7, 0..3_u8), settings, target(), others, retention, group).prop_map(
        |(code, (memory, role, description, arm), live, others, retention, group)| FunctionWish {
            code,
            memory,
            role,
            description,
            arm,
            live,
            others,
            retention,
            group,
        },
    )
}

fn keep() -> impl Strategy<Value = Keep> {
    let hours = prop_oneof![2 => Just(0_i64), 1 => Just(24_i64)];
    (1..=3_u32, hours).prop_map(|(newest, hours)| Keep { newest, hours })
}

fn target() -> impl Strategy<Value = Target> {
    prop_oneof![
        4 => Just(Target::Latest),
        1 => Just(Target::Manual),
        2 => (0..6_u8).prop_map(Target::Pinned),
        4 => (0..3_u8).prop_map(Target::Previous),
        2 => (0..3_u8).prop_map(Target::SameAs),
        2 => (side(), 1..=99_u8, side()).prop_map(|(one, share, two)| Target::Split(one, share, two)),
    ]
}

fn side() -> impl Strategy<Value = Side> {
    prop_oneof![Just(Side::Latest), (0..6_u8).prop_map(Side::Version), (0..3_u8).prop_map(Side::Previous),]
}

fn machine() -> impl Strategy<Value = MachineCase> {
    let calls = || collection::vec(call(), 0..=3);
    let sent = prop_oneof![4 => Just(Sent::Alias), 2 => Just(Sent::Version), 3 => Just(Sent::AsWritten)];
    let own = (calls(), calls(), sent, any::<bool>(), option::weighted(0.2, 0..2_u8));
    let published = collection::vec(calls(), 0..=3);
    let aliases = collection::vec(option::weighted(0.4, spot()), MACHINE_ALIASES + 1);
    let absent = prop::bool::weighted(0.2);
    (own, published, aliases, option::weighted(0.6, line_wish()), absent).prop_map(
        |((live, wish, sent, is_pretty, role), published, aliases, line, is_absent)| MachineCase {
            is_absent,
            live,
            wish,
            sent,
            is_pretty,
            role,
            published: if is_absent { Vec::new() } else { published },
            aliases: if is_absent { Vec::new() } else { aliases },
            line,
        },
    )
}

fn line_wish() -> impl Strategy<Value = LineWish> {
    let targets = collection::vec(option::weighted(0.8, target()), MACHINE_ALIASES);
    (targets, option::weighted(0.7, keep())).prop_map(|(targets, retention)| LineWish { targets, retention })
}

fn call() -> impl Strategy<Value = Call> {
    let form = prop_oneof![Just(Form::Resource), Just(Form::Name), Just(Form::Arn)];
    let qualifier = prop_oneof![
        2 => Just(Called::Bare),
        1 => Just(Called::Latest),
        2 => (0..6_u8).prop_map(Called::Version),
        2 => (0..3_u8).prop_map(Called::Alias),
    ];
    (0..5_u8, form, qualifier).prop_map(|(function, form, qualifier)| Call { function, form, qualifier })
}

fn past() -> impl Strategy<Value = Past> {
    let hours = || prop_oneof![Just(0_u64), Just(1_u64), Just(25_u64)];
    (0..3_u8, hours(), collection::vec(by_hand(), 0..=4), hours())
        .prop_map(|(code, hours, moves, hours_since)| Past { code, hours, moves, hours_since })
}

fn by_hand() -> impl Strategy<Value = Move> {
    let alias = 0..5_u8;
    prop_oneof![
        5 => (0..4_u8, alias.clone(), spot())
            .prop_map(|(function, alias, to)| Move::Alias { function, alias, to }),
        1 => (0..4_u8, alias).prop_map(|(function, alias)| Move::DropAlias { function, alias }),
        2 => (0..4_u8, content()).prop_map(|(function, content)| Move::Update { function, content }),
        2 => (0..4_u8).prop_map(|function| Move::Publish { function }),
        1 => (0..4_u8, 0..8_u8)
            .prop_map(|(function, version)| Move::DropVersion { function, version }),
        1 => (0..2_u8, call()).prop_map(|(machine, call)| Move::Machine { machine, call }),
        2 => (0..2_u8, 0..3_u8, spot())
            .prop_map(|(machine, alias, to)| Move::MachineAlias { machine, alias, to }),
        1 => (0..2_u8).prop_map(|machine| Move::PublishMachine { machine }),
        1 => (0..2_u8, 0..6_u8)
            .prop_map(|(machine, version)| Move::DropMachineVersion { machine, version }),
    ]
}
