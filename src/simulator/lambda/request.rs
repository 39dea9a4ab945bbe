//! From method and path to an operation.
//!
//! Paths carry function names as a name, a partial ARN or a full ARN, percent-encoded or not; here they are only decoded.

use serde_json::{Map, Value};

use super::reference::Reference;
use super::{account, aliases, functions, package, provisioned_concurrency, tags, updates, versions};
use crate::simulator::members::{self, Members};
use crate::simulator::place::Place;
use crate::simulator::refusal::Refusal;
use crate::simulator::wire::{Pairs, WireRequest, WireResponse, decode};
use crate::simulator::world::Scene;

/// A Lambda operation that the world knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    CreateFunction,
    GetFunction,
    GetFunctionConfiguration,
    UpdateFunctionCode,
    UpdateFunctionConfiguration,
    PublishVersion,
    ListVersionsByFunction,
    ListFunctions,
    DeleteFunction,
    CreateAlias,
    GetAlias,
    UpdateAlias,
    DeleteAlias,
    ListAliases,
    PutProvisionedConcurrencyConfig,
    GetProvisionedConcurrencyConfig,
    DeleteProvisionedConcurrencyConfig,
    ListProvisionedConcurrencyConfigs,
    TagResource,
    UntagResource,
    ListTags,
    GetAccountSettings,
}

/// A Lambda request.
#[derive(Debug)]
pub(crate) struct Request {
    operation: Operation,
    /// The function as the path or the body names it; the ARN for tags; empty when there is none.
    function: String,
    /// The name of the alias; empty when there is none.
    alias: String,
    query: Pairs,
    body: Map<String, Value>,
}

impl Request {
    /// Reads a rest-json request.
    pub(crate) fn read(request: &WireRequest) -> Result<Self, Refusal> {
        let query = Pairs::of_query(&request.query);
        let segments: Vec<String> =
            request.path.split('/').filter(|part| !part.is_empty()).map(decode).collect();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let route = route(&request.method, &segments, &query);
        let (operation, function, alias) = route
            .ok_or_else(|| Refusal::unknown_operation(&format!("{} {}", request.method, request.path)))?;
        package::check_request_size(operation, request.body.len())?;
        let body = members::object_in(&request.body)?;
        let named = body.get("FunctionName").and_then(Value::as_str);
        let function =
            if operation == Operation::CreateFunction { named.unwrap_or_default() } else { function };
        let alias = if operation == Operation::CreateAlias {
            body.get("Name").and_then(Value::as_str).unwrap_or_default()
        } else {
            alias
        };
        let (function, alias) = (function.to_owned(), alias.to_owned());
        Ok(Self { operation, function, alias, query, body })
    }

    /// Returns the name of the operation.
    pub(crate) fn operation(&self) -> &'static str {
        self.operation.name()
    }

    /// Returns the ARN the request is about, as IAM would name it.
    pub(crate) fn resource(&self, place: &Place) -> String {
        if self.function.is_empty() {
            return "*".to_owned();
        }
        let Some(reference) = Reference::loosely(&self.function) else { return self.function.clone() };
        let arn = place.function_arn(&reference.name);
        let alias = Some(self.alias.as_str()).filter(|alias| !alias.is_empty());
        match alias.or(reference.qualifier.as_deref()).or(self.query.get("Qualifier")) {
            Some(qualifier) => format!("{arn}:{qualifier}"),
            None => arn,
        }
    }

    /// Returns the members of the body.
    pub(crate) fn members(&self) -> Members<'_> {
        Members::of(&self.body)
    }

    /// Returns the query parameters.
    pub(crate) fn query(&self) -> &Pairs {
        &self.query
    }

    /// Returns the name of the alias in the path.
    pub(crate) fn alias(&self) -> &str {
        &self.alias
    }

    /// Returns the function as the request wrote it.
    pub(crate) fn function(&self) -> &str {
        &self.function
    }
}

impl Operation {
    /// Returns the name that IAM and the SDKs use.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::CreateFunction => "CreateFunction",
            Self::GetFunction => "GetFunction",
            Self::GetFunctionConfiguration => "GetFunctionConfiguration",
            Self::UpdateFunctionCode => "UpdateFunctionCode",
            Self::UpdateFunctionConfiguration => "UpdateFunctionConfiguration",
            Self::PublishVersion => "PublishVersion",
            Self::ListVersionsByFunction => "ListVersionsByFunction",
            Self::ListFunctions => "ListFunctions",
            Self::DeleteFunction => "DeleteFunction",
            Self::CreateAlias => "CreateAlias",
            Self::GetAlias => "GetAlias",
            Self::UpdateAlias => "UpdateAlias",
            Self::DeleteAlias => "DeleteAlias",
            Self::ListAliases => "ListAliases",
            Self::PutProvisionedConcurrencyConfig => "PutProvisionedConcurrencyConfig",
            Self::GetProvisionedConcurrencyConfig => "GetProvisionedConcurrencyConfig",
            Self::DeleteProvisionedConcurrencyConfig => "DeleteProvisionedConcurrencyConfig",
            Self::ListProvisionedConcurrencyConfigs => "ListProvisionedConcurrencyConfigs",
            Self::TagResource => "TagResource",
            Self::UntagResource => "UntagResource",
            Self::ListTags => "ListTags",
            Self::GetAccountSettings => "GetAccountSettings",
        }
    }
}

/// Performs a Lambda request.
pub(crate) fn perform(scene: &mut Scene<'_>, request: &Request) -> Result<WireResponse, Refusal> {
    match request.operation {
        Operation::CreateFunction => functions::create(scene, request),
        Operation::GetFunction => functions::get(scene, request),
        Operation::GetFunctionConfiguration => functions::get_configuration(scene, request),
        Operation::ListFunctions => functions::list(scene, request),
        Operation::DeleteFunction => functions::delete(scene, request),
        Operation::UpdateFunctionCode => updates::update_code(scene, request),
        Operation::UpdateFunctionConfiguration => updates::update_configuration(scene, request),
        Operation::PublishVersion => versions::publish(scene, request),
        Operation::ListVersionsByFunction => versions::list(scene, request),
        Operation::CreateAlias => aliases::create(scene, request),
        Operation::GetAlias => aliases::get(scene, request),
        Operation::UpdateAlias => aliases::update(scene, request),
        Operation::DeleteAlias => aliases::delete(scene, request),
        Operation::ListAliases => aliases::list(scene, request),
        Operation::PutProvisionedConcurrencyConfig => provisioned_concurrency::put(scene, request),
        Operation::GetProvisionedConcurrencyConfig => provisioned_concurrency::get(scene, request),
        Operation::DeleteProvisionedConcurrencyConfig => provisioned_concurrency::delete(scene, request),
        Operation::ListProvisionedConcurrencyConfigs => provisioned_concurrency::list(scene, request),
        Operation::TagResource => tags::tag(scene, request),
        Operation::UntagResource => tags::untag(scene, request),
        Operation::ListTags => tags::list(scene, request),
        Operation::GetAccountSettings => Ok(account::settings(scene)),
    }
}

/// Returns the operation, the function and the alias that a path names.
fn route<'a>(method: &str, segments: &[&'a str], query: &Pairs) -> Option<(Operation, &'a str, &'a str)> {
    let (operation, function, alias) = match (method, segments) {
        ("POST", ["2015-03-31", "functions"]) => (Operation::CreateFunction, "", ""),
        ("GET", ["2015-03-31", "functions"]) => (Operation::ListFunctions, "", ""),
        ("GET", ["2015-03-31", "functions", name]) => (Operation::GetFunction, *name, ""),
        ("DELETE", ["2015-03-31", "functions", name]) => (Operation::DeleteFunction, *name, ""),
        ("GET", ["2015-03-31", "functions", name, "configuration"]) => {
            (Operation::GetFunctionConfiguration, *name, "")
        }
        ("PUT", ["2015-03-31", "functions", name, "configuration"]) => {
            (Operation::UpdateFunctionConfiguration, *name, "")
        }
        ("PUT", ["2015-03-31", "functions", name, "code"]) => (Operation::UpdateFunctionCode, *name, ""),
        ("POST", ["2015-03-31", "functions", name, "versions"]) => (Operation::PublishVersion, *name, ""),
        ("GET", ["2015-03-31", "functions", name, "versions"]) => {
            (Operation::ListVersionsByFunction, *name, "")
        }
        ("POST", ["2015-03-31", "functions", name, "aliases"]) => (Operation::CreateAlias, *name, ""),
        ("GET", ["2015-03-31", "functions", name, "aliases"]) => (Operation::ListAliases, *name, ""),
        ("GET", ["2015-03-31", "functions", name, "aliases", alias]) => (Operation::GetAlias, *name, *alias),
        ("PUT", ["2015-03-31", "functions", name, "aliases", alias]) => {
            (Operation::UpdateAlias, *name, *alias)
        }
        ("DELETE", ["2015-03-31", "functions", name, "aliases", alias]) => {
            (Operation::DeleteAlias, *name, *alias)
        }
        (method, ["2019-09-30", "functions", name, "provisioned-concurrency"]) => {
            (provisioned_route(method, query)?, *name, "")
        }
        ("POST", ["2017-03-31", "tags", arn]) => (Operation::TagResource, *arn, ""),
        ("DELETE", ["2017-03-31", "tags", arn]) => (Operation::UntagResource, *arn, ""),
        ("GET", ["2017-03-31", "tags", arn]) => (Operation::ListTags, *arn, ""),
        ("GET", ["2016-08-19", "account-settings"]) => (Operation::GetAccountSettings, "", ""),
        _ => return None,
    };
    Some((operation, function, alias))
}

fn provisioned_route(method: &str, query: &Pairs) -> Option<Operation> {
    match method {
        "PUT" => Some(Operation::PutProvisionedConcurrencyConfig),
        "GET" if query.get("List").is_some() => Some(Operation::ListProvisionedConcurrencyConfigs),
        "GET" => Some(Operation::GetProvisionedConcurrencyConfig),
        "DELETE" => Some(Operation::DeleteProvisionedConcurrencyConfig),
        _ => None,
    }
}
