//! The one vocabulary of error codes (checklist 6.5, contract section 6).
//!
//! A code's name never changes: callers compare it. Which HTTP status a face prints for it does not live here.

/// Writes the enum, its names and its list from one table, so that they cannot drift apart.
macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)+) => {
        /// Names what went wrong, the same in every face, service and language.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code { $($(#[$doc])* $variant,)+ }

        impl Code {
            /// All codes, in the order of their declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// Gives the stable name, such as `VALIDATION_ERROR`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }
        }
    };
}

codes! {
    /// No proof of identity was given.
    AuthRequired = "AUTH_REQUIRED",
    /// The proof of identity is forged, revoked or not readable; or name and password do not match.
    AuthInvalid = "AUTH_INVALID",
    /// The proof of identity has expired.
    AuthExpired = "AUTH_EXPIRED",
    /// The caller is known and may not do this.
    Forbidden = "FORBIDDEN",
    /// There is no such thing, or none that the caller may see.
    NotFound = "NOT_FOUND",
    /// The request breaks a rule about its own content.
    ValidationError = "VALIDATION_ERROR",
    /// Something with this name or number exists already.
    DuplicateEntry = "DUPLICATE_ENTRY",
    /// The state of the object forbids this.
    StateConflict = "STATE_CONFLICT",
    /// The object was changed by somebody else in the meantime.
    VersionConflict = "VERSION_CONFLICT",
    /// The idempotency key was used before with another request.
    IdempotencyConflict = "IDEMPOTENCY_CONFLICT",
    /// The request with this idempotency key is still running.
    IdempotencyInProgress = "IDEMPOTENCY_IN_PROGRESS",
    /// Somebody else is working on the object for too long.
    LockTimeout = "LOCK_TIMEOUT",
    /// Too many requests in too short a time.
    RateLimitExceeded = "RATE_LIMIT_EXCEEDED",
    /// The body is larger than allowed.
    PayloadTooLarge = "PAYLOAD_TOO_LARGE",
    /// The batch has more records than allowed.
    BatchLimitExceeded = "BATCH_LIMIT_EXCEEDED",
    /// Something needed is away for the moment.
    ServiceUnavailable = "SERVICE_UNAVAILABLE",
    /// The database refused in a way that nobody foresaw. Private.
    DatabaseError = "DATABASE_ERROR",
    /// A mistake of ours. Private.
    InternalError = "INTERNAL_ERROR",
    /// 001-X01: there is no such payment.
    PaymentNotFound = "PAYMENT_NOT_FOUND",
    /// 001-X02: the payment's state forbids this.
    PaymentStatusError = "PAYMENT_STATUS_ERROR",
    /// 001-X03: the amount is not the one that is due, or none at all.
    PaymentAmountError = "PAYMENT_AMOUNT_ERROR",
    /// 001-X04: the time to pay is over.
    PaymentExpired = "PAYMENT_EXPIRED",
    /// 001-X05: it is paid already.
    PaymentAlreadySuccess = "PAYMENT_ALREADY_SUCCESS",
    /// 001-X06: it is cancelled already.
    PaymentAlreadyCancelled = "PAYMENT_ALREADY_CANCELLED",
    /// 001-X07: this payment cannot be refunded.
    RefundNotAllowed = "REFUND_NOT_ALLOWED",
    /// 001-X08: the refund exceeds what is left of the payment.
    RefundAmountExceeded = "REFUND_AMOUNT_EXCEEDED",
    /// 001-X09: the balance is too small.
    InsufficientBalance = "INSUFFICIENT_BALANCE",
    /// 001-X10: the payment password is wrong or locked.
    PaymentPasswordError = "PAYMENT_PASSWORD_ERROR",
    /// 001-X11: the amount exceeds a limit per payment or per day.
    PaymentLimitExceeded = "PAYMENT_LIMIT_EXCEEDED",
    /// 001-X12: risk control refused.
    RiskControlRejected = "RISK_CONTROL_REJECTED",
    /// 001-X13: the payment provider failed.
    ThirdPartyError = "THIRD_PARTY_ERROR",
    /// 001-X14: the account is frozen.
    AccountFrozen = "ACCOUNT_FROZEN",
    /// 001-X15: mock payments are switched off.
    MockPaymentDisabled = "MOCK_PAYMENT_DISABLED",
    /// 001-X16: the state forbids a mock payment.
    MockPaymentStatusError = "MOCK_PAYMENT_STATUS_ERROR",
    /// 001-X17: the payment is not waiting for money.
    MockPaymentNotPending = "MOCK_PAYMENT_NOT_PENDING",
    /// 001-X18: the order of the mock payment does not exist.
    MockOrderNotFound = "MOCK_ORDER_NOT_FOUND",
    /// 001-X19: the order of the mock payment could not be updated. Private.
    MockOrderUpdateFailed = "MOCK_ORDER_UPDATE_FAILED",
    /// 001-X20: the key of a cache entry is not valid. Private.
    CacheKeyInvalid = "CACHE_KEY_INVALID",
    /// 001-X21: a cache entry has expired. Private.
    CacheExpired = "CACHE_EXPIRED",
    /// 001-X22: a cache entry could not be written. Private.
    CacheUpdateFailed = "CACHE_UPDATE_FAILED",
}

impl Code {
    /// Finds a code by its stable name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == name)
    }

    /// Tells whether the code stands for a mistake of ours, about which a caller hears nothing but the code.
    pub const fn is_private(self) -> bool {
        matches!(
            self,
            Self::DatabaseError
                | Self::InternalError
                | Self::MockOrderUpdateFailed
                | Self::CacheKeyInvalid
                | Self::CacheExpired
                | Self::CacheUpdateFailed
        )
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}
