//! All accounts and regions, and the one door to them.
//!
//! A request is authenticated, understood, counted, offered to the faults, performed, and offered to the faults again.
//! The order matters: a denied call is still a call, and a failure after the effect must find the effect in place.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use super::credentials::{Caller, Scope};
use super::dice::{Dice, Purpose};
use super::faults::{Faults, Occasion};
use super::file::{Observation, WorldFileError};
use super::iam::Roles;
use super::identifiers::Identifiers;
use super::import::ImportError;
use super::lambda::{EventSource, Function};
use super::place::Place;
use super::rate::{Buckets, Throttling};
use super::refusal::Refusal;
use super::roles::RoleCheck;
use super::s3::{Buckets as Storage, Packages};
use super::service::{Request, Service};
use super::ssm::Parameter;
use super::states::{Executions, Machine, Past};
use super::sts::Sessions;
use super::wire::{WireRequest, WireResponse};
use super::{file, iam, import, lambda, s3, ssm, states, sts};
use crate::model::{CodeSha256, Live, S3Object, Tokens, Values};

/// How the world behaves where AWS leaves room.
#[derive(Debug, Clone)]
pub struct Knobs {
    /// How long a new function or version stays `Pending`.
    pub pending: Duration,
    /// How long an update stays `InProgress`.
    pub in_progress: Duration,
    /// How long an alias with provisioned concurrency shows its old version as a weight after a move (R23).
    pub transient_weights: Duration,
    /// A page size below the one of AWS.
    pub page_size: Option<usize>,
    /// The bytes of code that one account and region may hold (R37).
    pub code_storage: u64,
    /// The number of aliases a function may have; AWS does not say its own (R38).
    pub aliases_per_function: usize,
    /// Whether calls above the quotas are refused (R34).
    pub throttling: Throttling,
    /// How long Step Functions reads show what was there before a write (R33).
    pub read_lag: Duration,
    /// How strictly roles are looked at.
    pub roles: RoleCheck,
    /// The number of versions a state machine may have.
    pub versions_per_machine: usize,
    /// The number of aliases a state machine may have.
    pub aliases_per_machine: usize,
    /// How long each answer is on its way; the server waits, the world does not.
    pub latency: Duration,
    /// How many of the last calls the log keeps at least; all of them when absent.
    pub logged_calls: Option<usize>,
    /// Where identifiers, routing and the chances of faults start.
    pub seed: u64,
}

impl Default for Knobs {
    fn default() -> Self {
        Self {
            pending: Duration::from_millis(200),
            in_progress: Duration::from_millis(200),
            transient_weights: Duration::from_millis(200),
            page_size: None,
            // 75 GiB, the default that accounts start with.
            code_storage: 80_530_636_800,
            aliases_per_function: 1000,
            throttling: Throttling::default(),
            read_lag: Duration::ZERO,
            roles: RoleCheck::default(),
            versions_per_machine: 1000,
            aliases_per_machine: 100,
            latency: Duration::ZERO,
            logged_calls: None,
            seed: 0,
        }
    }
}

/// One call that reached the world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The name of the operation, such as `UpdateAlias`.
    pub operation: String,
    /// The ARN it was about; the action's wildcard when there is none.
    pub resource: String,
    /// The HTTP status of the answer.
    pub status: u16,
}

/// Every simulated account in every region, and how it behaves in this run.
#[derive(Debug, Clone)]
pub struct World {
    knobs: Knobs,
    dice: Dice,
    faults: Faults,
    buckets: Buckets,
    calls: BTreeMap<String, u64>,
    call_log: Vec<Call>,
    /// Counts what changed the accounts.
    changes: u64,
    /// What stands for the environment values of imported functions; not saved, because it knows the values.
    tokens: Tokens,
    accounts: Accounts,
}

/// What the accounts own: all that outlives a run.
#[derive(Debug, Clone)]
pub(crate) struct Accounts {
    pub(crate) identifiers: Identifiers,
    pub(crate) sessions: Sessions,
    pub(crate) roles: Roles,
    pub(crate) storage: Storage,
    pub(crate) regions: BTreeMap<Place, Region>,
    /// Of what this is the picture, until something changes it.
    pub(crate) observation: Option<Observation>,
}

/// What one account owns in one region.
#[derive(Debug, Clone, Default)]
pub(crate) struct Region {
    /// The functions, by name.
    pub(crate) functions: BTreeMap<String, Function>,
    /// The event source mappings, by UUID; they outlive their functions (T12).
    pub(crate) event_sources: BTreeMap<String, EventSource>,
    /// At least as many bytes of code as there are; see `lambda::function::has_room`.
    pub(crate) stored_at_most: u64,
    /// The state machines, by name.
    pub(crate) machines: BTreeMap<String, Machine>,
    /// What reads still show of machines that were written to.
    pub(crate) past: Past,
    /// The executions of standard machines.
    pub(crate) executions: Executions,
    /// The parameters of Systems Manager, by name.
    pub(crate) parameters: BTreeMap<String, Parameter>,
}

/// Everything an operation on one region may touch.
#[derive(Debug)]
pub(crate) struct Scene<'a> {
    pub(crate) now: Timestamp,
    pub(crate) place: &'a Place,
    pub(crate) knobs: &'a Knobs,
    pub(crate) identifiers: &'a mut Identifiers,
    pub(crate) dice: &'a mut Dice,
    pub(crate) faults: &'a mut Faults,
    pub(crate) packages: Packages<'a>,
    pub(crate) roles: &'a Roles,
    pub(crate) region: &'a mut Region,
}

impl Region {
    /// Returns true if nothing is there; a look leaves such a region behind.
    pub(crate) fn is_empty(&self) -> bool {
        let Self { functions, event_sources, stored_at_most: _, machines, past: _, executions, parameters } =
            self;
        functions.is_empty()
            && event_sources.is_empty()
            && machines.is_empty()
            && executions.is_empty()
            && parameters.is_empty()
    }
}

impl Scene<'_> {
    /// Returns the size of a page: what was asked for, within the limit of AWS and of the knob.
    pub(crate) fn page_size(&self, asked: Option<i64>, limit: usize) -> usize {
        let limit = self.knobs.page_size.map_or(limit, |knob| knob.min(limit));
        asked.and_then(|asked| usize::try_from(asked).ok()).map_or(limit, |asked| asked.min(limit))
    }

    /// Returns the instant that a read which lags shows (R33).
    pub(crate) fn seen_at(&self) -> Timestamp {
        self.now.checked_sub(self.knobs.read_lag).unwrap_or(Timestamp::MIN)
    }
}

impl World {
    /// Creates a world in which nothing exists.
    pub fn new(knobs: Knobs) -> Self {
        let accounts = Accounts {
            identifiers: Identifiers::new(knobs.seed),
            sessions: Sessions::default(),
            roles: Roles::default(),
            storage: Storage::default(),
            regions: BTreeMap::new(),
            observation: None,
        };
        Self::of(knobs, accounts)
    }

    /// Reads the accounts that [`Self::save`] wrote. The seed of the knobs is for luck alone: identifiers go on from
    /// where they were.
    pub fn load(text: &str, knobs: Knobs) -> Result<Self, WorldFileError> {
        file::read(text).map(|accounts| Self::of(knobs, accounts))
    }

    fn of(knobs: Knobs, accounts: Accounts) -> Self {
        Self {
            dice: Dice::new(knobs.seed, Purpose::Routing),
            faults: Faults::new(knobs.seed),
            knobs,
            buckets: Buckets::default(),
            calls: BTreeMap::new(),
            call_log: Vec::new(),
            changes: 0,
            tokens: Tokens::default(),
            accounts,
        }
    }

    /// Returns the accounts as text; the same accounts give the same text.
    pub fn save(&self) -> String {
        file::write(&self.accounts)
    }

    /// Returns a number that another one follows whenever what [`Self::save`] writes may have changed.
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// Returns of what this is the picture; nothing once it was changed, or if it never was one.
    pub fn observation(&self) -> Option<&Observation> {
        self.accounts.observation.as_ref()
    }

    /// Says of what this is the picture.
    pub fn set_observation(&mut self, observation: Observation) {
        self.accounts.observation = Some(observation);
    }

    /// Returns every account and region that owns something, in order.
    pub fn places(&self) -> Vec<(String, String)> {
        let used = self.accounts.regions.iter().filter(|(_, region)| !region.is_empty());
        used.map(|(place, _)| (place.account.clone(), place.region.clone())).collect()
    }

    pub(super) fn region(&self, place: &Place) -> Option<&Region> {
        self.accounts.regions.get(place)
    }

    /// Adds what was observed of an account, as it was at this instant. Environment values are replaced by numbers on
    /// the way in, the same number for the same value.
    pub fn import(
        &mut self,
        now: Timestamp,
        place: &crate::model::Place,
        live: &Live,
    ) -> Result<(), ImportError> {
        let place = Place { account: place.account.to_string(), region: place.region.to_string() };
        self.changes += 1;
        let mut tokens = std::mem::take(&mut self.tokens);
        let imported = import::import(&mut self.scene(now, &place), live, &mut tokens);
        self.tokens = tokens;
        imported
    }

    /// Returns what stands for some values in what was imported: the same numbers for the same values.
    pub fn stand_ins(&mut self, values: &Values) -> Values {
        values.scrubbed(&mut self.tokens)
    }

    /// Adds what was observed of an object of S3: its hash and size, and nothing of its content.
    pub fn stock(
        &mut self,
        now: Timestamp,
        place: &crate::model::Place,
        object: &S3Object,
        known: (&CodeSha256, u64),
    ) {
        let place = Place { account: place.account.to_string(), region: place.region.to_string() };
        self.changes += 1;
        self.accounts.storage.stock(now, &place, object, known);
    }

    /// Returns how many different environment values were imported.
    pub fn imported_values(&self) -> usize {
        self.tokens.count()
    }

    /// Answers one request at one instant.
    pub fn handle(&mut self, now: Timestamp, request: &WireRequest) -> WireResponse {
        let scope = Scope::of(request);
        let request_id = self.accounts.identifiers.request();
        let service = Service::of(scope.as_ref().ok(), request);
        let response = match (service, scope) {
            (_, Err(refusal)) => Err(refusal),
            (Some(service), Ok(scope)) => self.serve(now, service, &scope, request),
            (None, Ok(scope)) => Err(unrouted(&scope, request)),
        };
        let protocol = service.unwrap_or(Service::Lambda);
        let mut response = response
            .unwrap_or_else(|refusal| protocol.refused(&refusal))
            .with_header("x-amzn-RequestId", &request_id);
        response.delivery.latency = self.knobs.latency;
        response
    }

    /// Lets the world behave otherwise from now on; what has an instant already keeps it, and so does the seed.
    pub fn behave(&mut self, knobs: Knobs) {
        let seed = std::mem::replace(&mut self.knobs, knobs).seed;
        self.knobs.seed = seed;
    }

    /// Returns the rules about what goes wrong.
    pub fn faults(&mut self) -> &mut Faults {
        &mut self.faults
    }

    /// Returns how often each operation was called, refused calls included.
    pub fn calls(&self) -> &BTreeMap<String, u64> {
        &self.calls
    }

    /// Returns the calls in order, refused calls included; the oldest may be gone, as [`Knobs::logged_calls`] says.
    pub fn call_log(&self) -> &[Call] {
        &self.call_log
    }

    fn serve(
        &mut self,
        now: Timestamp,
        service: Service,
        scope: &Scope,
        request: &WireRequest,
    ) -> Result<WireResponse, Refusal> {
        let caller = match self.accounts.sessions.caller(now, scope, scope.token.as_deref())? {
            Some(caller) => caller,
            None => Caller::of_key(scope),
        };
        let understood = service.understand(request).inspect_err(|refusal| {
            let resource = format!("{} {}", request.method, request.path);
            self.record("Unknown", resource, refusal.status);
        })?;
        let (operation, resource) = subject(&understood, &caller.place);
        let occasion = Occasion { service, operation, resource: &resource, caller: &caller.arn };
        let outcome = self.attempt(now, occasion, &caller, &understood);
        let answer = outcome.unwrap_or_else(|refusal| service.refused(&refusal));
        let answer = self.faults.delivered(occasion, answer);
        self.record(operation, resource, answer.status);
        Ok(answer)
    }

    fn attempt(
        &mut self,
        now: Timestamp,
        occasion: Occasion<'_>,
        caller: &Caller,
        request: &Request,
    ) -> Result<WireResponse, Refusal> {
        if let Some(refusal) = self.faults.before(occasion) {
            return Err(refusal);
        }
        let Occasion { service, operation, .. } = occasion;
        let is_counted = self.knobs.throttling == Throttling::AsAws;
        if is_counted && !self.buckets.admit(now, &caller.place, service, operation) {
            return Err(service.throttled());
        }
        let revisions = self.accounts.identifiers.revisions();
        let outcome = self.perform(now, caller, request);
        let is_settled = self.accounts.identifiers.revisions() != revisions;
        // A look may finish what was due, and then it gives out a revision.
        if is_settled || (outcome.is_ok() && !is_read(operation)) {
            self.changes += 1;
            self.accounts.observation = None;
        }
        match self.faults.after(occasion) {
            Some(refusal) => Err(refusal),
            None => outcome,
        }
    }

    fn perform(
        &mut self,
        now: Timestamp,
        caller: &Caller,
        request: &Request,
    ) -> Result<WireResponse, Refusal> {
        match request {
            Request::Lambda(request) => lambda::perform(&mut self.scene(now, &caller.place), request),
            Request::Ssm(request) => ssm::perform(&mut self.scene(now, &caller.place), request),
            Request::States(request) => states::perform(&mut self.scene(now, &caller.place), request),
            Request::Sts(request) => sts::perform(now, &mut self.accounts.sessions, caller, request),
            Request::Iam(request) => {
                let Accounts { roles, identifiers, .. } = &mut self.accounts;
                iam::perform(now, roles, identifiers, caller, request)
            }
            Request::S3(request) => {
                let Accounts { identifiers, storage, regions, .. } = &mut self.accounts;
                let visit = s3::Visit {
                    now,
                    caller,
                    page_size: self.knobs.page_size,
                    identifiers,
                    buckets: storage,
                    region: regions.get(&caller.place),
                };
                s3::perform(visit, request)
            }
        }
    }

    /// Returns one region at one instant, with everything an operation may touch.
    pub(crate) fn scene<'a>(&'a mut self, now: Timestamp, place: &'a Place) -> Scene<'a> {
        let Accounts { identifiers, roles, storage, regions, .. } = &mut self.accounts;
        Scene {
            now,
            place,
            knobs: &self.knobs,
            identifiers,
            dice: &mut self.dice,
            faults: &mut self.faults,
            packages: Packages { buckets: storage, place },
            roles,
            region: regions.entry(place.clone()).or_default(),
        }
    }

    fn record(&mut self, operation: &str, resource: String, status: u16) {
        match self.calls.get_mut(operation) {
            Some(count) => *count += 1,
            None => drop(self.calls.insert(operation.to_owned(), 1)),
        }
        // Half is dropped at once, so that a call costs the same however long the world is served.
        if let Some(most) = self.knobs.logged_calls.filter(|most| self.call_log.len() >= most * 2) {
            self.call_log.drain(..self.call_log.len() - most);
        }
        self.call_log.push(Call { operation: operation.to_owned(), resource, status });
    }
}

/// Returns the operation of a request and the ARN it is about.
fn subject<'a>(request: &'a Request, place: &Place) -> (&'a str, String) {
    match request {
        Request::Lambda(request) => (request.operation(), request.resource(place)),
        Request::States(request) => (request.operation(), request.resource(place)),
        Request::Ssm(request) => (request.operation(), request.resource(place)),
        Request::Sts(request) => (request.operation(), request.resource()),
        Request::Iam(request) => (request.operation(), request.resource(place)),
        Request::S3(request) => (request.operation(), request.resource(place)),
    }
}

/// Tells whether an operation only looks, by the words that AWS begins such names with.
fn is_read(operation: &str) -> bool {
    ["Get", "List", "Describe", "Head", "Validate"].iter().any(|look| operation.starts_with(look))
}

fn unrouted(scope: &Scope, request: &WireRequest) -> Refusal {
    Refusal::unknown_operation(&format!("{} {} of {}", request.method, request.path, scope.service))
}
