//! The seven services: their names, ports and addresses (contract section 2).
//!
//! What a service does is not known here. The rule not to be broken: a name or a port stands here and nowhere else.

use settings::Reader;

/// One of the seven services, as others call it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Peer {
    /// People, sessions, notifications, uploads.
    User,
    /// Rooms and their events.
    Room,
    /// Expenses and balances.
    Expense,
    /// Bills.
    Bill,
    /// Payments and the tasks around them.
    Payment,
    /// The ledger.
    Wallet,
    /// Risk decisions.
    Risk,
}

impl Peer {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::User, Self::Room, Self::Expense, Self::Bill, Self::Payment, Self::Wallet, Self::Risk];

    /// Gives the name, such as `expense`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Room => "room",
            Self::Expense => "expense",
            Self::Bill => "bill",
            Self::Payment => "payment",
            Self::Wallet => "wallet",
            Self::Risk => "risk",
        }
    }

    /// Gives the port on which it listens where no setting says otherwise.
    pub const fn port(self) -> u16 {
        match self {
            Self::User => 50051,
            Self::Room => 50052,
            Self::Expense => 50053,
            Self::Bill => 50054,
            Self::Payment => 8085,
            Self::Wallet => 50056,
            Self::Risk => 50057,
        }
    }

    /// Reads where it is, from `<SERVICE>_SERVICE_URL`. *Shape*: `http://host:port`.
    pub fn url(self, reader: &mut Reader) -> String {
        let name = self.variable("SERVICE_URL");
        let default = format!("http://127.0.0.1:{}", self.port());
        let url = reader.text(&name, &default, "address of this service for those who call it");
        let is_address = url.parse::<http::Uri>().is_ok_and(|uri| {
            uri.scheme_str().is_some_and(|scheme| scheme == "http" || scheme == "https")
                && uri.host().is_some()
        });
        if !is_address {
            reader.refuse(&name, format!("an address such as {default}"));
        }
        url
    }

    /// Gives the name of one of its variables, such as `USER_GRPC_ADDR`.
    pub(crate) fn variable(self, ending: &str) -> String {
        format!("{}_{ending}", self.name().to_uppercase())
    }
}
