package import Silo

/// Ids of things that only a region names.
package enum RegionSubject {
  package enum Team {}
  package enum Project {}
  package enum ProjectKey {}
}

package typealias TeamID = Identifier<RegionSubject.Team>
package typealias ProjectID = Identifier<RegionSubject.Project>
package typealias ProjectKeyID = Identifier<RegionSubject.ProjectKey>
