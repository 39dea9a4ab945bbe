//! Parameters of Systems Manager, read with their values.

use std::collections::BTreeMap;

use aws_sdk_ssm::types::Parameter;

use crate::{
    model::{ParameterName, Secret},
    provider::ProviderError,
};

use super::{AwsProvider, call::Call};

impl AwsProvider {
    /// Returns those of the parameters that are there.
    pub(super) async fn parameters_of(
        &self,
        names: &[ParameterName],
    ) -> Result<BTreeMap<ParameterName, Secret>, ProviderError> {
        let subject = names.iter().map(ParameterName::as_str).collect::<Vec<_>>().join("`, `");
        let call = Call::read("ssm:GetParameters", subject);
        let asked = names.iter().map(|name| name.as_str().to_owned()).collect();
        let request = self.ssm.get_parameters().set_names(Some(asked)).with_decryption(true);
        let sent = request.customize().interceptor(call.log()).send().await;
        let answer = sent.map_err(|error| call.failed(&error))?;
        let invalid = answer.invalid_parameters();
        let mut found = BTreeMap::new();
        for name in names {
            match answer.parameters().iter().find(|parameter| is_answer(parameter, name)) {
                Some(parameter) => {
                    let value = call.required("Value", parameter.value())?;
                    found.insert(name.clone(), Secret::new(value));
                }
                None if invalid.iter().any(|said| said == name.as_str()) => {}
                None => return Err(call.unreadable(format!("the answer says nothing of `{name}`"))),
            }
        }
        Ok(found)
    }
}

/// AWS answers with the name or the ARN, and what chose the version apart.
fn is_answer(parameter: &Parameter, asked: &ParameterName) -> bool {
    let is_same = [parameter.name(), parameter.arn()].contains(&Some(asked.without_selector()));
    is_same && parameter.selector().unwrap_or_default() == asked.selector()
}
