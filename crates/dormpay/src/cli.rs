//! The command line as clap reads it. Only names, defaults and help; no behaviour.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};
use payment::providers::Channel;

use crate::roles::Role;

/// dormpay: shared expenses, bills and payments for people who share a flat.
#[derive(Debug, Parser)]
#[command(name = "dormpay", version, about)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// HTTP and WebSocket in, gRPC out
    Gateway,
    /// Accounts, sessions, notifications, uploads
    User,
    /// Rooms, members, the event log
    Room,
    /// Expenses, shares, balances, settlement
    Expense,
    /// Group bills and their review
    Bill,
    /// Payments and their tasks
    Payment,
    /// The double-entry ledger
    Wallet,
    /// Risk decisions
    Risk,
    /// The payment providers' side of the wire, for development
    Sandbox,
    /// The gateway and all seven services in this process, in development the provider sandbox too
    All(All),
    /// Create the databases and bring them up to date
    Migrate,
    /// Administrators
    #[command(subcommand)]
    Admin(Admin),
    /// The books of the wallet service
    #[command(subcommand)]
    Ledger(Ledger),
    /// Show every setting and check keys, databases, Redis and peers
    Doctor(Doctor),
    /// Load the demo dorm through the public API, if the platform is empty
    Demo,
    /// Listen to live events and print them, a line of JSON each
    Listen(Listen),
    /// Wait until the gateway and everything behind it is ready
    Wait(Wait),
    /// Print the addresses
    Where,
    /// Measure (see README)
    #[command(subcommand)]
    Bench(Bench),
}

#[derive(Debug, Args)]
pub(crate) struct All {
    /// Stop when standard input ends: for a parent that may die without saying so
    #[arg(long)]
    pub until_stdin_ends: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Admin {
    /// Create an administrator; the password is read from standard input
    Create {
        /// 3 to 32 characters
        #[arg(long)]
        username: String,
        /// A working address
        #[arg(long)]
        email: String,
        /// Shown name
        #[arg(long, default_value = "管理员")]
        full_name: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Ledger {
    /// Prove the books: every invariant with its figure, asked in one snapshot beside live traffic
    Check,
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Doctor {
    /// Only the settings of this role
    #[arg(value_enum)]
    pub role: Option<Role>,
    #[command(subcommand)]
    pub about: Option<About>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum About {
    /// Verify a payment provider's callback with the keys of the settings, and say what is wrong with its signature
    Callback {
        /// The request as it came, with or without its first line; without headers the file is the body
        file: PathBuf,
        /// Who sent it; guessed if it is not said
        #[arg(long, value_enum)]
        from: Option<Sender>,
    },
}

/// Who sends callbacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Sender {
    Alipay,
    Wechat,
    Unionpay,
}

impl Sender {
    pub(crate) const fn channel(self) -> Channel {
        match self {
            Self::Alipay => Channel::Alipay,
            Self::Wechat => Channel::Wechat,
            Self::Unionpay => Channel::Unionpay,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct Listen {
    /// An access token, as the login gives it
    #[arg(long)]
    pub token: String,
    /// End when an event of this name came, such as `payment_success`
    #[arg(long)]
    pub until: Option<String>,
    /// What to listen to
    #[arg(default_values = ["expenses", "bills", "payments", "wallet", "notifications"])]
    pub topics: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Wait {
    /// How long at most
    #[arg(long, default_value_t = 90)]
    pub seconds: u64,
    /// Give up at once when this process ends
    #[arg(long)]
    pub pid: Option<u32>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Bench {
    /// The dorm face: balances, creation, lists, memory, start
    Dorm {
        /// Expenses of the large room
        #[arg(long, default_value_t = 1_000_000)]
        expenses: i64,
        /// Where rows are kept between runs of the benchmark
        #[arg(long)]
        keep: Option<PathBuf>,
    },
    /// The ledger, against PostgreSQL's own bank benchmark: rates, latency, history, memory
    Ledger(BenchLedger),
    /// Payments: the detail, creation, callbacks, memory, the sweepers
    Payments(BenchPayments),
    /// The bare chain with which reads are compared
    #[command(hide = true)]
    Chain {
        /// Where its HTTP listens
        #[arg(long)]
        http: SocketAddr,
        /// Where its gRPC listens
        #[arg(long)]
        grpc: SocketAddr,
    },
}

#[derive(Debug, Args)]
pub(crate) struct BenchPayments {
    /// How often all that is compared takes its turn
    #[arg(long, default_value_t = 5)]
    pub rounds: u32,
    /// How long a turn lasts, in seconds
    #[arg(long, default_value_t = 4)]
    pub seconds: u64,
    /// Payments over which memory is to stay flat, 500,000 for the full figure; 0 leaves that out
    #[arg(long, default_value_t = 5_000)]
    pub payments: u32,
    /// Payments that have ended, beside which the sweepers are measured; 0 leaves that out
    #[arg(long, default_value_t = 200_000)]
    pub history: i64,
}

#[derive(Debug, Args)]
pub(crate) struct BenchLedger {
    /// How often all that is compared takes its turn
    #[arg(long, default_value_t = 5)]
    pub rounds: u32,
    /// How long a turn lasts, in seconds
    #[arg(long, default_value_t = 4)]
    pub seconds: u64,
    /// Leave the way through HTTP and the gateway out
    #[arg(long)]
    pub no_http: bool,
    /// Entries of the ledger with a past; 0 leaves that out
    #[arg(long, default_value_t = 10_000_000)]
    pub history_entries: i64,
    /// Transfers over which memory is to stay flat; 0 leaves that out
    #[arg(long, default_value_t = 5_000_000)]
    pub transfers: u32,
    /// Measure nothing, but kill services and a PostgreSQL of its own under load and prove that nothing is lost
    #[arg(long)]
    pub chaos: bool,
    /// With --chaos: how often each, the service and PostgreSQL, is killed
    #[arg(long, default_value_t = 20)]
    pub kills: u32,
    /// With --chaos: callers at once
    #[arg(long, default_value_t = 64)]
    pub callers: usize,
}
