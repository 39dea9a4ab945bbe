//! The declared settings of a function, in the shape of the TOML.

use std::collections::BTreeMap;

use super::{schema::SETTINGS, tree::Table};
use crate::model::Setting;

/// Returns the settings that the table declares, as declared; everything else is left alone.
pub(crate) fn declared(function: &Table) -> BTreeMap<Setting, serde_json::Value> {
    SETTINGS
        .iter()
        .filter_map(|(setting, field)| Some((*setting, function.node(field.key)?.to_json())))
        .collect()
}
