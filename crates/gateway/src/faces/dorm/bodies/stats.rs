//! Bodies of statistics (000-E23 to E25).

use money::Minor;
use proto::{expense::v1 as expense, room::v1 as room, user::v1 as user};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::shapes::{People, amount, amount_schema};
use crate::extract::values;

/// Which part of the caller's expenses is counted (000-E23).
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserStatsQuery {
    /// Only this room; all rooms of the caller when missing.
    #[serde(default, deserialize_with = "values::given_id")]
    room_id: Option<i64>,
    /// First day, inclusive.
    #[serde(default, deserialize_with = "values::given_date")]
    #[param(value_type = Option<String>, format = Date)]
    start_date: Option<String>,
    /// Last day, inclusive.
    #[serde(default, deserialize_with = "values::given_date")]
    #[param(value_type = Option<String>, format = Date)]
    end_date: Option<String>,
}

impl From<UserStatsQuery> for expense::GetUserStatsRequest {
    fn from(query: UserStatsQuery) -> Self {
        Self {
            room_id: query.room_id.unwrap_or_default(),
            start_date: query.start_date.unwrap_or_default(),
            end_date: query.end_date.unwrap_or_default(),
        }
    }
}

/// Which days of a room are counted (000-E24).
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct RoomStatsQuery {
    /// First day, inclusive.
    #[serde(default, deserialize_with = "values::given_date")]
    #[param(value_type = Option<String>, format = Date)]
    start_date: Option<String>,
    /// Last day, inclusive.
    #[serde(default, deserialize_with = "values::given_date")]
    #[param(value_type = Option<String>, format = Date)]
    end_date: Option<String>,
}

impl RoomStatsQuery {
    /// Asks the expense service.
    pub(crate) fn request(self, room_id: i64) -> expense::GetRoomStatsRequest {
        expense::GetRoomStatsRequest {
            room_id,
            start_date: self.start_date.unwrap_or_default(),
            end_date: self.end_date.unwrap_or_default(),
        }
    }
}

/// What was spent on a category.
#[derive(Serialize, ToSchema)]
pub(crate) struct CategoryTotal {
    #[schema(example = "food")]
    category: String,
    #[schema(schema_with = amount_schema)]
    amount: Minor,
    #[schema(example = 5)]
    count: i64,
}

impl From<expense::CategoryTotal> for CategoryTotal {
    fn from(total: expense::CategoryTotal) -> Self {
        Self { category: total.category, amount: amount(total.amount_minor), count: total.count }
    }
}

/// What was spent in a month.
#[derive(Serialize, ToSchema)]
pub(crate) struct MonthTotal {
    #[schema(example = "2023-01")]
    month: String,
    #[schema(schema_with = amount_schema)]
    amount: Minor,
}

/// The caller in numbers (000-E23).
#[derive(Serialize, ToSchema)]
pub(crate) struct UserStats {
    #[schema(example = 10)]
    total_expenses: i64,
    #[schema(schema_with = amount_schema)]
    total_amount: Minor,
    #[schema(schema_with = amount_schema)]
    paid_amount: Minor,
    #[schema(schema_with = amount_schema)]
    owed_amount: Minor,
    expense_by_category: Vec<CategoryTotal>,
    monthly_trend: Vec<MonthTotal>,
}

impl From<expense::GetUserStatsResponse> for UserStats {
    fn from(stats: expense::GetUserStatsResponse) -> Self {
        let month = |total: expense::MonthTotal| MonthTotal {
            month: total.month,
            amount: amount(total.amount_minor),
        };
        Self {
            total_expenses: stats.total_expenses,
            total_amount: amount(stats.total_amount_minor),
            paid_amount: amount(stats.paid_amount_minor),
            owed_amount: amount(stats.owed_amount_minor),
            expense_by_category: stats.categories.into_iter().map(Into::into).collect(),
            monthly_trend: stats.months.into_iter().map(month).collect(),
        }
    }
}

/// A member in numbers; `balance` = `paid` − `owed`.
#[derive(Serialize, ToSchema)]
pub(crate) struct MemberBalance {
    user_id: i64,
    username: String,
    full_name: String,
    #[schema(schema_with = amount_schema)]
    paid: Minor,
    #[schema(schema_with = amount_schema)]
    owed: Minor,
    #[schema(schema_with = amount_schema)]
    balance: Minor,
}

/// A room in numbers (000-E24).
#[derive(Serialize, ToSchema)]
pub(crate) struct RoomStats {
    room_id: i64,
    #[schema(example = "101寝室")]
    room_name: String,
    #[schema(example = 20)]
    total_expenses: i64,
    #[schema(schema_with = amount_schema)]
    total_amount: Minor,
    member_balance: Vec<MemberBalance>,
    expense_by_category: Vec<CategoryTotal>,
}

impl RoomStats {
    /// Prints a room's numbers.
    pub(crate) fn of(room: room::Room, stats: expense::GetRoomStatsResponse, people: &People) -> Self {
        let member = |balance: expense::Balance| {
            let (username, full_name) = people.names(balance.user_id);
            MemberBalance {
                user_id: balance.user_id,
                username,
                full_name,
                paid: amount(balance.paid_minor),
                owed: amount(balance.owed_minor),
                balance: amount(balance.balance_minor),
            }
        };
        Self {
            room_id: room.id,
            room_name: room.name,
            total_expenses: stats.total_expenses,
            total_amount: amount(stats.total_amount_minor),
            member_balance: stats.members.into_iter().map(member).collect(),
            expense_by_category: stats.categories.into_iter().map(Into::into).collect(),
        }
    }
}

/// How many came in a month.
#[derive(Serialize, ToSchema)]
pub(crate) struct MonthCount {
    #[schema(example = "2023-01")]
    month: String,
    #[schema(example = 10)]
    count: i64,
}

/// Everything in numbers (000-E25).
#[derive(Serialize, ToSchema)]
pub(crate) struct SystemStats {
    #[schema(example = 100)]
    total_users: i64,
    #[schema(example = 20)]
    total_rooms: i64,
    #[schema(example = 500)]
    total_expenses: i64,
    #[schema(schema_with = amount_schema)]
    total_amount: Minor,
    user_growth: Vec<MonthCount>,
    room_growth: Vec<MonthCount>,
}

impl SystemStats {
    /// Puts together what three services count.
    pub(crate) fn of(
        users: user::GetUserGrowthResponse,
        rooms: room::GetRoomGrowthResponse,
        expenses: expense::GetSystemStatsResponse,
    ) -> Self {
        let user_month = |month: user::MonthCount| MonthCount { month: month.month, count: month.count };
        let room_month = |month: room::MonthCount| MonthCount { month: month.month, count: month.count };
        Self {
            total_users: users.total_users,
            total_rooms: rooms.total_rooms,
            total_expenses: expenses.total_expenses,
            total_amount: amount(expenses.total_amount_minor),
            user_growth: users.months.into_iter().map(user_month).collect(),
            room_growth: rooms.months.into_iter().map(room_month).collect(),
        }
    }
}
