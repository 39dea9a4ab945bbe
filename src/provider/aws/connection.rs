//! From settings to clients: region, credentials, timeouts, retries and the wire.
//!
//! Nothing here talks to AWS; the first call does, and finds out whether there are credentials.

use std::{fmt, time::Duration};

use aws_config::{
    BehaviorVersion, SdkConfig,
    environment::EnvironmentVariableRegionProvider,
    meta::region::RegionProviderChain,
    profile::{ProfileFileCredentialsProvider, ProfileFileRegionProvider},
    provider_config::ProviderConfig,
    stalled_stream_protection::StalledStreamProtectionConfig,
    sts::AssumeRoleProvider,
};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_sdk_lambda::config::{
    IntoShared,
    retry::{RetryPartition, TokenBucket},
};
use aws_smithy_http_client::{Builder, Connector, ConnectorBuilder, proxy::ProxyConfig, tls};
use aws_smithy_runtime_api::client::{http::HttpConnectorSettings, runtime_components::RuntimeComponents};
use aws_smithy_types::{retry::RetryConfig, timeout::TimeoutConfig};

use crate::{
    model::{Region, RoleArn},
    provider::{FailureKind, ProviderError},
};

use super::{
    HttpClient, Notices, StandIn,
    budget::{Budget, Limited},
    download::Downloads,
    watch::{ThrottledWithoutCode, Watch},
};

/// A call may be tried eight times: throttling in a shared account (T13) outlasts the SDK's three.
const ATTEMPTS: u32 = 8;

/// The first call fails soon where nothing answers, instead of after minutes of retries.
const IDENTITY_ATTEMPTS: u32 = 3;

/// The SDK's own default for establishing a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(3100);

/// Without a read timeout, a server that accepts and never answers hangs the SDK for ever.
const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// All attempts together, with their waits for the budget. It stays under the five minutes for
/// which a signature is good, because requests are signed before they wait.
const OPERATION_TIMEOUT: Duration = Duration::from_mins(4);

/// Retries of all calls together; the SDK's 500 tokens pay for a hundred, which a wide fan-out
/// uses up in the first second of throttling.
const RETRY_TOKENS: usize = 10_000;

/// What a connection is made of.
pub struct ConnectionSettings {
    /// The region; without one, the environment's and then the profile's is taken.
    pub region: Option<Region>,
    /// The profile of the shared configuration files.
    pub profile: Option<String>,
    /// Where the credentials come from.
    pub credentials: CredentialSource,
    /// The role to assume with the credentials found.
    pub role_arn: Option<RoleArn>,
    /// The name that CloudTrail shows for the assumed role.
    pub session_name: String,
    /// The calls per second to all of Lambda's control plane but GetFunction.
    pub lambda_rps: u32,
    /// Who hears of throttling and retries.
    pub notices: Notices,
    /// What stands in for the network. It is no AWS: it gets made-up credentials, a budget of its
    /// own or none, and nothing of the process's environment.
    pub stand_in: Option<StandIn>,
}

/// Where credentials come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialSource {
    /// The SDK's whole chain, the environment first.
    Chain,
    /// The profile alone: somebody asked for it by name, so credentials in the environment must not
    /// come before it, as with the AWS CLI's `--profile`.
    Profile,
}

/// AWS, as one set of credentials sees it in one region.
#[derive(Clone)]
pub struct AwsProvider {
    pub(super) lambda: aws_sdk_lambda::Client,
    pub(super) states: aws_sdk_sfn::Client,
    pub(super) ssm: aws_sdk_ssm::Client,
    pub(super) sts: aws_sdk_sts::Client,
    pub(super) objects: aws_sdk_s3::Client,
    pub(super) downloads: Downloads,
    region: Region,
}

impl AwsProvider {
    /// Prepares the clients. No call is sent yet.
    pub async fn connect(settings: ConnectionSettings) -> Result<Self, ProviderError> {
        let region = known_region(&settings).await?;
        let wire = settings.stand_in.as_ref().map_or_else(network, |it| it.client.clone());
        let config = shared_config(&settings, &region, wire.clone()).await;
        let limited = match &settings.stand_in {
            Some(StandIn { is_budgeted: false, .. }) => wire,
            Some(_) => Limited::new(wire, Budget::new(settings.lambda_rps)).into_shared(),
            None => Limited::new(wire, Budget::of_process(&settings, &region)).into_shared(),
        };
        let watch = Watch::new(settings.notices);
        let retries = RetryPartition::custom("repoint").token_bucket(TokenBucket::new(RETRY_TOKENS)).build();

        let lambda = aws_sdk_lambda::config::Builder::from(&config)
            .http_client(HttpClient::clone(&limited))
            .interceptor(watch.clone())
            .retry_classifier(ThrottledWithoutCode)
            .retry_partition(retries.clone())
            .build();
        let states = aws_sdk_sfn::config::Builder::from(&config)
            .http_client(HttpClient::clone(&limited))
            .interceptor(watch.clone())
            .retry_classifier(ThrottledWithoutCode)
            .retry_partition(retries.clone())
            .build();
        let ssm = aws_sdk_ssm::config::Builder::from(&config)
            .http_client(HttpClient::clone(&limited))
            .interceptor(watch.clone())
            .retry_classifier(ThrottledWithoutCode)
            .retry_partition(retries)
            .build();
        // A bucket's name in front of the host leads to AWS alone.
        let is_elsewhere = config.endpoint_url().is_some() || settings.stand_in.is_some();
        let objects = aws_sdk_s3::config::Builder::from(&config)
            .http_client(HttpClient::clone(&limited))
            .interceptor(watch.clone())
            .retry_classifier(ThrottledWithoutCode)
            .force_path_style(is_elsewhere)
            .build();
        let sts = aws_sdk_sts::config::Builder::from(&config)
            .http_client(limited)
            .interceptor(watch)
            .retry_config(RetryConfig::standard().with_max_attempts(IDENTITY_ATTEMPTS))
            .build();
        Ok(Self {
            lambda: aws_sdk_lambda::Client::from_conf(lambda),
            states: aws_sdk_sfn::Client::from_conf(states),
            ssm: aws_sdk_ssm::Client::from_conf(ssm),
            sts: aws_sdk_sts::Client::from_conf(sts),
            objects: aws_sdk_s3::Client::from_conf(objects),
            downloads: if settings.stand_in.is_some() { Downloads::None } else { Downloads::Network },
            region,
        })
    }

    /// Returns the region that every call goes to.
    pub fn region(&self) -> &Region {
        &self.region
    }
}

impl fmt::Debug for AwsProvider {
    /// Names the region; the clients know credentials and stay silent.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AwsProvider").field("region", &self.region).finish_non_exhaustive()
    }
}

/// Finds the region without ever asking the instance metadata, which costs three seconds where
/// there is none.
async fn known_region(settings: &ConnectionSettings) -> Result<Region, ProviderError> {
    if let Some(region) = &settings.region {
        return Ok(region.clone());
    }
    let mut profile = ProfileFileRegionProvider::builder();
    if let Some(name) = &settings.profile {
        profile = profile.profile_name(name);
    }
    let chain =
        RegionProviderChain::first_try(EnvironmentVariableRegionProvider::new()).or_else(profile.build());
    let Some(found) = chain.region().await else {
        return Err(unconnected(
            "no region is set: declare `region` for the environment, pass `--region`, or set AWS_REGION",
        ));
    };
    Region::new(found.as_ref()).map_err(|error| unconnected(&error.to_string()))
}

fn unconnected(message: &str) -> ProviderError {
    ProviderError {
        kind: FailureKind::Refused,
        operation: "connect",
        subject: "AWS".to_owned(),
        message: message.to_owned(),
    }
}

async fn shared_config(settings: &ConnectionSettings, region: &Region, wire: HttpClient) -> SdkConfig {
    let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
        .region(aws_config::Region::new(region.as_str().to_owned()))
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
        .timeout_config(timeouts(READ_TIMEOUT, OPERATION_TIMEOUT))
        // It would count the wait for the budget as a stalled upload; the timeouts bound both.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .http_client(wire.clone());
    if let Some(profile) = &settings.profile {
        loader = loader.profile_name(profile);
    }
    if let (CredentialSource::Profile, Some(profile)) = (settings.credentials, &settings.profile) {
        loader = loader.credentials_provider(profile_credentials(profile, region, wire));
    }
    if let Some(StandIn { access_key, .. }) = &settings.stand_in {
        let credentials = Credentials::from_keys(access_key, "no-secret", None);
        loader = loader.empty_test_environment().credentials_provider(credentials);
    }
    let config = loader.load().await;
    let Some(role) = &settings.role_arn else {
        return config;
    };
    let assumed = AssumeRoleProvider::builder(role.as_str())
        .session_name(&settings.session_name)
        .configure(&config)
        .build()
        .await;
    config.into_builder().credentials_provider(SharedCredentialsProvider::new(assumed)).build()
}

/// A profile may sign in or assume a role, so its provider needs a door to the network of its own;
/// without one the SDK panics.
fn profile_credentials(profile: &str, region: &Region, wire: HttpClient) -> ProfileFileCredentialsProvider {
    let door = ProviderConfig::default()
        .with_region(Some(aws_config::Region::new(region.as_str().to_owned())))
        .with_behavior_version(Some(BehaviorVersion::v2026_01_12()))
        .with_http_client(wire);
    ProfileFileCredentialsProvider::builder().profile_name(profile).configure(&door).build()
}

/// Returns the timeouts of a call. There is none per attempt, because an attempt includes its wait
/// for the budget; the read timeout starts after it.
pub(super) fn timeouts(read: Duration, operation: Duration) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(read)
        .operation_timeout(operation)
        .build()
}

/// Returns a client for the real network: rustls over AWS-LC, and a proxy if the environment names
/// one. The builder with a function is the SDK's own way to reach the proxy settings.
fn network() -> HttpClient {
    Builder::new().build_with_connector_fn(connector)
}

/// Returns a connection; without settings and components for what is no call of the SDK.
pub(super) fn connector(
    settings: Option<&HttpConnectorSettings>,
    components: Option<&RuntimeComponents>,
) -> Connector {
    let mut connector = ConnectorBuilder::default()
        .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::AwsLc));
    connector.set_connector_settings(settings.cloned());
    connector.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
    connector.set_proxy_config(Some(ProxyConfig::from_env()));
    connector.build()
}
