//! Typed reading of a JSON request: absent and `null` are nothing, the wrong type is a `SerializationException`.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::refusal::Refusal;

/// The members of one JSON object of a request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Members<'a> {
    map: &'a Map<String, Value>,
}

impl<'a> Members<'a> {
    /// Reads the members of an object.
    pub(crate) fn of(map: &'a Map<String, Value>) -> Self {
        Self { map }
    }

    /// Returns the raw value of a member that is there and not `null`.
    pub(crate) fn value(self, name: &str) -> Option<&'a Value> {
        self.map.get(name).filter(|value| !value.is_null())
    }

    /// Returns true if the member is there and not `null`.
    pub(crate) fn has(self, name: &str) -> bool {
        self.value(name).is_some()
    }

    /// Returns a text.
    pub(crate) fn string(self, name: &str) -> Result<Option<&'a str>, Refusal> {
        self.typed(name, "a String", Value::as_str)
    }

    /// Returns a whole number.
    pub(crate) fn integer(self, name: &str) -> Result<Option<i64>, Refusal> {
        self.typed(name, "an Integer", Value::as_i64)
    }

    /// Returns a truth value; an absent one is false.
    pub(crate) fn flag(self, name: &str) -> Result<bool, Refusal> {
        Ok(self.typed(name, "a Boolean", Value::as_bool)?.unwrap_or(false))
    }

    /// Returns the members of a nested object.
    pub(crate) fn object(self, name: &str) -> Result<Option<Members<'a>>, Refusal> {
        Ok(self.typed(name, "a Map", Value::as_object)?.map(Members::of))
    }

    /// Returns the items of a list.
    pub(crate) fn list(self, name: &str) -> Result<Option<&'a [Value]>, Refusal> {
        self.typed(name, "a List", |value| value.as_array().map(Vec::as_slice))
    }

    /// Returns the items of a list of texts.
    pub(crate) fn strings(self, name: &str) -> Result<Option<Vec<&'a str>>, Refusal> {
        let Some(items) = self.list(name)? else { return Ok(None) };
        let texts = items.iter().map(|item| item.as_str().ok_or_else(|| mismatch(item, "a String")));
        texts.collect::<Result<_, _>>().map(Some)
    }

    /// Returns a map from text to text.
    pub(crate) fn string_map(self, name: &str) -> Result<Option<BTreeMap<String, String>>, Refusal> {
        let Some(map) = self.typed(name, "a Map", Value::as_object)? else { return Ok(None) };
        let pairs = map.iter().map(|(key, value)| {
            let text = value.as_str().ok_or_else(|| mismatch(value, "a String"))?;
            Ok((key.clone(), text.to_owned()))
        });
        pairs.collect::<Result<_, _>>().map(Some)
    }

    /// Returns a map from text to number.
    pub(crate) fn number_map(self, name: &str) -> Result<Option<BTreeMap<String, f64>>, Refusal> {
        let Some(map) = self.typed(name, "a Map", Value::as_object)? else { return Ok(None) };
        let pairs = map.iter().map(|(key, value)| {
            let number = value.as_f64().ok_or_else(|| mismatch(value, "a Double"))?;
            Ok((key.clone(), number))
        });
        pairs.collect::<Result<_, _>>().map(Some)
    }

    fn typed<T>(
        self,
        name: &str,
        wanted: &str,
        read: impl Fn(&'a Value) -> Option<T>,
    ) -> Result<Option<T>, Refusal> {
        self.value(name).map(|value| read(value).ok_or_else(|| mismatch(value, wanted))).transpose()
    }
}

/// Returns the JSON object in a body; an empty body is an empty object.
pub(crate) fn object_in(body: &[u8]) -> Result<Map<String, Value>, Refusal> {
    if body.is_empty() {
        return Ok(Map::new());
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(other) => Err(mismatch(&other, "a Structure")),
        Err(error) => Err(Refusal::serialization(format!("Could not parse request body into json: {error}"))),
    }
}

fn mismatch(value: &Value, wanted: &str) -> Refusal {
    let found = match value {
        Value::Null => "NULL_VALUE",
        Value::Bool(true) => "TRUE_VALUE",
        Value::Bool(false) => "FALSE_VALUE",
        Value::Number(_) => "NUMBER_VALUE",
        Value::String(_) => "STRING_VALUE",
        Value::Array(_) => "START_ARRAY",
        Value::Object(_) => "START_OBJECT",
    };
    Refusal::serialization(format!("{found} can not be converted to {wanted}"))
}
