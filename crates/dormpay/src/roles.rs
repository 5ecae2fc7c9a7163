//! The roles and how each is started: the one place that knows every service.

use clap::ValueEnum;
use settings::{Entry, Problems, Source};
use tokio_util::sync::CancellationToken;

/// One part of the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Role {
    /// HTTP and WebSocket in, gRPC out.
    Gateway,
    /// Accounts.
    User,
    /// Rooms.
    Room,
    /// Expenses.
    Expense,
    /// Bills.
    Bill,
    /// Payments.
    Payment,
    /// Ledger.
    Wallet,
    /// Risk.
    Risk,
    /// The providers' side of the wire, for development.
    Sandbox,
}

/// Every role of the platform, services first: the gateway is the last to start and the first to stop.
pub(crate) const ALL: [Role; 8] = [
    Role::User,
    Role::Room,
    Role::Expense,
    Role::Bill,
    Role::Payment,
    Role::Wallet,
    Role::Risk,
    Role::Gateway,
];

/// Every role that runs by default: in development the sandbox too, unless it is switched off.
pub(crate) fn of_source(source: &Source) -> Vec<Role> {
    let sandbox = sandbox::is_wanted(source).then_some(Role::Sandbox);
    sandbox.into_iter().chain(ALL).collect()
}

/// A role with its settings read, ready to run.
pub(crate) struct Ready {
    pub role: Role,
    run: Box<dyn FnOnce(CancellationToken) -> Running + Send>,
}

type Running = std::pin::Pin<Box<dyn Future<Output = Result<(), fault::Fault>> + Send>>;

impl Ready {
    /// Serves until `stop` is cancelled and what is under way has ended.
    pub(crate) fn run(self, stop: CancellationToken) -> Running {
        (self.run)(stop)
    }
}

/// Writes the same three lines for each role: its crate follows the same contract as the others.
macro_rules! each_role {
    ($role:expr, |$module:ident| $body:expr) => {
        match $role {
            Role::Gateway => {
                use gateway as $module;
                $body
            }
            Role::User => {
                use user as $module;
                $body
            }
            Role::Room => {
                use room as $module;
                $body
            }
            Role::Expense => {
                use expense as $module;
                $body
            }
            Role::Bill => {
                use bill as $module;
                $body
            }
            Role::Payment => {
                use payment as $module;
                $body
            }
            Role::Wallet => {
                use wallet as $module;
                $body
            }
            Role::Risk => {
                use risk as $module;
                $body
            }
            Role::Sandbox => {
                use sandbox as $module;
                $body
            }
        }
    };
}

impl Role {
    /// The word for it on the command line and in logs.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::User => "user",
            Self::Room => "room",
            Self::Expense => "expense",
            Self::Bill => "bill",
            Self::Payment => "payment",
            Self::Wallet => "wallet",
            Self::Risk => "risk",
            Self::Sandbox => "sandbox",
        }
    }

    /// Reads the role's settings.
    pub(crate) fn ready(self, source: &Source) -> Result<Ready, Problems> {
        each_role!(self, |module| {
            let settings = module::Settings::read(source)?;
            Ok(Ready { role: self, run: Box::new(move |stop| Box::pin(module::run(settings, stop))) })
        })
    }

    /// The role's settings as they may be shown.
    pub(crate) fn entries(self, source: &Source) -> Vec<Entry> {
        each_role!(self, |module| module::Settings::entries(source))
    }

    /// The migrations of the role's database; gateway and sandbox have none.
    pub(crate) fn migrations(self) -> Option<&'static durable::Migrator> {
        match self {
            Self::Gateway | Self::Sandbox => None,
            Self::User => Some(&user::MIGRATIONS),
            Self::Room => Some(&room::MIGRATIONS),
            Self::Expense => Some(&expense::MIGRATIONS),
            Self::Bill => Some(&bill::MIGRATIONS),
            Self::Payment => Some(&payment::MIGRATIONS),
            Self::Wallet => Some(&wallet::MIGRATIONS),
            Self::Risk => Some(&risk::MIGRATIONS),
        }
    }
}
