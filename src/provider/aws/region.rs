//! What a whole region holds, by name: functions, state machines and their tags.
//!
//! Only an import asks; everything else knows the names of what it reads.

use std::collections::BTreeMap;

use crate::provider::{Named, ProviderError};

use super::{AwsProvider, call::Call, pages::Pages};

/// The most that one page of ListFunctions holds (R15), and a page that ListStateMachines gives too.
const PAGE: i32 = 50;

/// What a list of the region is about.
const REGION: &str = "the region";

impl AwsProvider {
    /// Reads the names of all functions.
    pub(super) async fn all_functions(&self) -> Result<Vec<Named>, ProviderError> {
        let call = Call::read("lambda:ListFunctions", REGION);
        let (mut found, mut pages) = (Vec::new(), Pages::default());
        loop {
            let request = self.lambda.list_functions().max_items(PAGE).set_marker(pages.marker());
            let sent = request.customize().interceptor(call.log()).send().await;
            let page = sent.map_err(|error| call.failed(&error))?;
            for item in page.functions() {
                found.push(Named {
                    name: call.required("FunctionName", item.function_name())?.to_owned(),
                    arn: call.required("FunctionArn", item.function_arn())?.to_owned(),
                });
            }
            if !pages.turn(&call, page.next_marker)? {
                return Ok(found);
            }
        }
    }

    /// Reads the names of all state machines.
    pub(super) async fn all_machines(&self) -> Result<Vec<Named>, ProviderError> {
        let call = Call::read("states:ListStateMachines", REGION);
        let (mut found, mut pages) = (Vec::new(), Pages::default());
        loop {
            let request = self.states.list_state_machines().max_results(PAGE);
            let request = request.set_next_token(pages.marker());
            let sent = request.customize().interceptor(call.log()).send().await;
            let page = sent.map_err(|error| call.failed(&error))?;
            found.extend(page.state_machines().iter().map(|item| Named {
                name: item.name().to_owned(),
                arn: item.state_machine_arn().to_owned(),
            }));
            if !pages.turn(&call, page.next_token)? {
                return Ok(found);
            }
        }
    }

    /// Reads the tags of a function.
    pub(super) async fn tags_of_function(
        &self,
        arn: &str,
    ) -> Result<BTreeMap<String, String>, ProviderError> {
        let call = Call::read("lambda:ListTags", arn);
        let sent = self.lambda.list_tags().resource(arn).customize().interceptor(call.log()).send().await;
        let answer = sent.map_err(|error| call.failed(&error))?;
        Ok(answer.tags.unwrap_or_default().into_iter().collect())
    }

    /// Reads the tags of a state machine.
    pub(super) async fn tags_of_machine(&self, arn: &str) -> Result<BTreeMap<String, String>, ProviderError> {
        let call = Call::read("states:ListTagsForResource", arn);
        let request = self.states.list_tags_for_resource().resource_arn(arn);
        let sent = request.customize().interceptor(call.log()).send().await;
        let answer = sent.map_err(|error| call.failed(&error))?;
        let tags = answer.tags().iter();
        Ok(tags.filter_map(|tag| Some((tag.key()?.to_owned(), tag.value()?.to_owned()))).collect())
    }
}
