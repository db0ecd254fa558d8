package import Outbox
package import Silo

/// A lease of a connection to the region's own database; stores take nothing else.
package typealias RegionConnection = SiloConnection<RegionSilo>
