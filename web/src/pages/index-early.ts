// Runs before the other scripts of `/` are here: asks for the first rows, and for who is logged in.

import { readFilters } from '../app/filters/address'
import { toRequest } from '../app/filters/request'
import { PAGE_SIZE } from '../app/row-pages'
import { ACCOUNT_PATH } from '../sources/account'
import { askEarly } from '../sources/early'
import { rowsPath } from '../sources/list'
import '../ui/theme-early'
import { warmDates } from '../ui/warm-dates'

askEarly(rowsPath(toRequest(readFilters(location.search)), { limit: PAGE_SIZE }))
askEarly(ACCOUNT_PATH)
warmDates()
