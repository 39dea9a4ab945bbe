//! The table of operations: name, method, path, and who performs it.
//!
//! One line is one operation, so that its name, its route and its deed cannot drift apart. A placeholder binds the part of
//! the path that stands there; a `?Name` at the end demands that query parameter, and the first line that fits wins.

use super::request::Request;
use super::{
    account, aliases, concurrency, event_sources, functions, management, policies, provisioned_concurrency,
    tags, updates, urls, versions,
};
use crate::simulator::refusal::Refusal;
use crate::simulator::wire::{Pairs, WireResponse};
use crate::simulator::world::Scene;

macro_rules! operations {
    ($($name:ident: $method:literal $path:literal => $perform:path;)+) => {
        /// A Lambda operation that the world performs.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Operation { $($name,)+ }

        const TABLE: &[(Operation, &str, &str)] = &[$((Operation::$name, $method, $path),)+];

        impl Operation {
            /// Returns the name that IAM and the SDKs use.
            pub(crate) fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)+ }
            }

            /// Performs the operation.
            pub(crate) fn perform(
                self,
                scene: &mut Scene<'_>,
                request: &Request,
            ) -> Result<WireResponse, Refusal> {
                match self { $(Self::$name => $perform(scene, request),)+ }
            }
        }
    };
}

operations! {
    CreateFunction: "POST" "2015-03-31/functions" => functions::create;
    ListFunctions: "GET" "2015-03-31/functions" => functions::list;
    GetFunction: "GET" "2015-03-31/functions/{function}" => functions::get;
    DeleteFunction: "DELETE" "2015-03-31/functions/{function}" => functions::delete;
    GetFunctionConfiguration: "GET" "2015-03-31/functions/{function}/configuration" => functions::get_configuration;
    UpdateFunctionConfiguration: "PUT" "2015-03-31/functions/{function}/configuration" => updates::update_configuration;
    UpdateFunctionCode: "PUT" "2015-03-31/functions/{function}/code" => updates::update_code;
    PublishVersion: "POST" "2015-03-31/functions/{function}/versions" => versions::publish;
    ListVersionsByFunction: "GET" "2015-03-31/functions/{function}/versions" => versions::list;
    CreateAlias: "POST" "2015-03-31/functions/{function}/aliases" => aliases::create;
    ListAliases: "GET" "2015-03-31/functions/{function}/aliases" => aliases::list;
    GetAlias: "GET" "2015-03-31/functions/{function}/aliases/{alias}" => aliases::get;
    UpdateAlias: "PUT" "2015-03-31/functions/{function}/aliases/{alias}" => aliases::update;
    DeleteAlias: "DELETE" "2015-03-31/functions/{function}/aliases/{alias}" => aliases::delete;
    AddPermission: "POST" "2015-03-31/functions/{function}/policy" => policies::add;
    GetPolicy: "GET" "2015-03-31/functions/{function}/policy" => policies::get;
    RemovePermission: "DELETE" "2015-03-31/functions/{function}/policy/{statement}" => policies::remove;
    ListProvisionedConcurrencyConfigs: "GET" "2019-09-30/functions/{function}/provisioned-concurrency?List" => provisioned_concurrency::list;
    GetProvisionedConcurrencyConfig: "GET" "2019-09-30/functions/{function}/provisioned-concurrency" => provisioned_concurrency::get;
    PutProvisionedConcurrencyConfig: "PUT" "2019-09-30/functions/{function}/provisioned-concurrency" => provisioned_concurrency::put;
    DeleteProvisionedConcurrencyConfig: "DELETE" "2019-09-30/functions/{function}/provisioned-concurrency" => provisioned_concurrency::delete;
    PutFunctionConcurrency: "PUT" "2017-10-31/functions/{function}/concurrency" => concurrency::put;
    GetFunctionConcurrency: "GET" "2019-09-30/functions/{function}/concurrency" => concurrency::get;
    DeleteFunctionConcurrency: "DELETE" "2017-10-31/functions/{function}/concurrency" => concurrency::delete;
    CreateFunctionUrlConfig: "POST" "2021-10-31/functions/{function}/url" => urls::create;
    GetFunctionUrlConfig: "GET" "2021-10-31/functions/{function}/url" => urls::get;
    UpdateFunctionUrlConfig: "PUT" "2021-10-31/functions/{function}/url" => urls::update;
    DeleteFunctionUrlConfig: "DELETE" "2021-10-31/functions/{function}/url" => urls::delete;
    ListFunctionUrlConfigs: "GET" "2021-10-31/functions/{function}/urls" => urls::list;
    CreateEventSourceMapping: "POST" "2015-03-31/event-source-mappings" => event_sources::create;
    ListEventSourceMappings: "GET" "2015-03-31/event-source-mappings" => event_sources::list;
    GetEventSourceMapping: "GET" "2015-03-31/event-source-mappings/{mapping}" => event_sources::get;
    UpdateEventSourceMapping: "PUT" "2015-03-31/event-source-mappings/{mapping}" => event_sources::update;
    DeleteEventSourceMapping: "DELETE" "2015-03-31/event-source-mappings/{mapping}" => event_sources::delete;
    TagResource: "POST" "2017-03-31/tags/{function}" => tags::tag;
    UntagResource: "DELETE" "2017-03-31/tags/{function}" => tags::untag;
    ListTags: "GET" "2017-03-31/tags/{function}" => tags::list;
    GetFunctionCodeSigningConfig: "GET" "2020-06-30/functions/{function}/code-signing-config" => management::code_signing;
    GetFunctionEventInvokeConfig: "GET" "2019-09-25/functions/{function}/event-invoke-config" => management::event_invoke;
    ListFunctionEventInvokeConfigs: "GET" "2019-09-25/functions/{function}/event-invoke-config/list" => management::event_invokes;
    GetRuntimeManagementConfig: "GET" "2021-07-20/functions/{function}/runtime-management-config" => management::runtime;
    PutRuntimeManagementConfig: "PUT" "2021-07-20/functions/{function}/runtime-management-config" => management::put_runtime;
    GetFunctionRecursionConfig: "GET" "2024-08-31/functions/{function}/recursion-config" => management::recursion;
    PutFunctionRecursionConfig: "PUT" "2024-08-31/functions/{function}/recursion-config" => management::put_recursion;
    GetAccountSettings: "GET" "2016-08-19/account-settings" => account::settings;
}

/// The operations of AWS that the world knows by name only: a refusal names them, so that nobody has to read a path.
const ELSEWHERE: &[(&str, &str, &str)] = &[
    ("Invoke", "POST", "2015-03-31/functions/{function}/invocations"),
    ("InvokeAsync", "POST", "2014-11-13/functions/{function}/invoke-async"),
    ("InvokeWithResponseStream", "POST", "2021-11-15/functions/{function}/response-streaming-invocations"),
    ("PutFunctionEventInvokeConfig", "PUT", "2019-09-25/functions/{function}/event-invoke-config"),
    ("UpdateFunctionEventInvokeConfig", "POST", "2019-09-25/functions/{function}/event-invoke-config"),
    ("DeleteFunctionEventInvokeConfig", "DELETE", "2019-09-25/functions/{function}/event-invoke-config"),
    ("PutFunctionCodeSigningConfig", "PUT", "2020-06-30/functions/{function}/code-signing-config"),
    ("DeleteFunctionCodeSigningConfig", "DELETE", "2020-06-30/functions/{function}/code-signing-config"),
    ("CreateCodeSigningConfig", "POST", "2020-04-22/code-signing-configs"),
    ("ListCodeSigningConfigs", "GET", "2020-04-22/code-signing-configs"),
    ("GetCodeSigningConfig", "GET", "2020-04-22/code-signing-configs/{any}"),
    ("UpdateCodeSigningConfig", "PUT", "2020-04-22/code-signing-configs/{any}"),
    ("DeleteCodeSigningConfig", "DELETE", "2020-04-22/code-signing-configs/{any}"),
    ("ListFunctionsByCodeSigningConfig", "GET", "2020-04-22/code-signing-configs/{any}/functions"),
    ("GetFunctionScalingConfig", "GET", "2025-11-30/functions/{function}/function-scaling-config"),
    ("PutFunctionScalingConfig", "PUT", "2025-11-30/functions/{function}/function-scaling-config"),
    ("GetLayerVersionByArn", "GET", "2018-10-31/layers?find"),
    ("ListLayers", "GET", "2018-10-31/layers"),
    ("ListLayerVersions", "GET", "2018-10-31/layers/{any}/versions"),
    ("PublishLayerVersion", "POST", "2018-10-31/layers/{any}/versions"),
    ("GetLayerVersion", "GET", "2018-10-31/layers/{any}/versions/{any}"),
    ("DeleteLayerVersion", "DELETE", "2018-10-31/layers/{any}/versions/{any}"),
    ("GetLayerVersionPolicy", "GET", "2018-10-31/layers/{any}/versions/{any}/policy"),
    ("AddLayerVersionPermission", "POST", "2018-10-31/layers/{any}/versions/{any}/policy"),
    ("RemoveLayerVersionPermission", "DELETE", "2018-10-31/layers/{any}/versions/{any}/policy/{any}"),
];

/// What the placeholders of a path stand for; empty where the path has none.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Bound {
    /// The function as the path writes it; the ARN for tags.
    pub(crate) function: String,
    /// The name of the alias.
    pub(crate) alias: String,
    /// The id of the policy's statement.
    pub(crate) statement: String,
    /// The UUID of the event source mapping.
    pub(crate) mapping: String,
}

/// Returns true if this is the name of an operation.
pub(crate) fn is_operation(name: &str) -> bool {
    TABLE.iter().any(|(operation, ..)| operation.name() == name)
}

/// Returns the operation of a method and a decoded path, with what its placeholders stand for.
pub(crate) fn route(method: &str, segments: &[String], query: &Pairs) -> Option<(Operation, Bound)> {
    let lines = TABLE.iter().filter(|(_, known, _)| *known == method);
    lines.into_iter().find_map(|(operation, _, path)| Some((*operation, bound(path, segments, query)?)))
}

/// Returns the name of an operation that AWS has and the world has not.
pub(crate) fn name_elsewhere(method: &str, segments: &[String], query: &Pairs) -> Option<&'static str> {
    let mut lines = ELSEWHERE.iter().filter(|(_, known, _)| *known == method);
    lines.find(|(_, _, path)| bound(path, segments, query).is_some()).map(|(name, _, _)| *name)
}

fn bound(pattern: &str, segments: &[String], query: &Pairs) -> Option<Bound> {
    let (path, parameter) = pattern.split_once('?').unwrap_or((pattern, ""));
    let has_parameter = parameter.is_empty() || query.get(parameter).is_some();
    if !has_parameter || path.split('/').count() != segments.len() {
        return None;
    }
    let mut bound = Bound::default();
    for (part, segment) in path.split('/').zip(segments) {
        let place = match part {
            "{function}" => &mut bound.function,
            "{alias}" => &mut bound.alias,
            "{statement}" => &mut bound.statement,
            "{mapping}" => &mut bound.mapping,
            "{any}" => continue,
            literal if literal == segment => continue,
            _ => return None,
        };
        segment.clone_into(place);
    }
    Some(bound)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_of_the_table_hides_another() {
        for (operation, method, path) in TABLE {
            let (path, query) = path.split_once('?').unwrap_or((path, ""));
            let segments: Vec<String> = path.split('/').map(str::to_owned).collect();
            let found = route(method, &segments, &Pairs::of_query(query)).map(|(found, _)| found);
            assert_eq!(found, Some(*operation));
        }
    }

    #[test]
    fn what_is_named_only_is_not_performed() {
        for (name, method, path) in ELSEWHERE {
            let (path, query) = path.split_once('?').unwrap_or((path, ""));
            let segments: Vec<String> = path.split('/').map(str::to_owned).collect();
            let query = Pairs::of_query(query);
            assert_eq!(route(method, &segments, &query).map(|(found, _)| found.name()), None, "{name}");
            assert_eq!(name_elsewhere(method, &segments, &query), Some(*name));
        }
    }
}
